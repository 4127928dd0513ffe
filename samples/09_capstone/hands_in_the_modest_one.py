# Uses the given procedure as it is: a mark in the middle, which depends on the draw.
# expect: accuracy_interval=4 most_uncertain=4 train=4.5..10.5

# %% answer="train"
train = modest

# %% solution="the rest"
