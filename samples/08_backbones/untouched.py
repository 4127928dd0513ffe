# Handed in as it was released.
# expect: conv2d=0 ResidualBlock=0 load_pretrained=0 freeze=0
# expect: extract_features=0 linear_probe=0 head_from_probe=0 parameter_groups=0
