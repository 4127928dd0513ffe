# Every answer right.
# expect: conv2d=9 ResidualBlock=6 load_pretrained=6 freeze=5
# expect: extract_features=5 linear_probe=5 head_from_probe=4 parameter_groups=5

# %% solution="the rest"
