# Questions 1 to 4, without the backward pass of the convolution; the rest was not begun.
# expect: conv2d=4.5 ResidualBlock=6 load_pretrained=6 freeze=5
# expect: extract_features=0 linear_probe=0 head_from_probe=0 parameter_groups=0

# %% solution="im2col"

# %% solution="conv2d_forward"

# %% solution="ResidualBlock"

# %% solution="load_pretrained"

# %% solution="freeze"
