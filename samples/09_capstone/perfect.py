# Every answer right.
# expect: accuracy_interval=4 most_uncertain=4 train=12

# %% solution="the rest"
