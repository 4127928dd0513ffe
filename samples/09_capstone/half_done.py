# The interval is right, the others were not begun.
# expect: accuracy_interval=4 most_uncertain=0 train=0

# %% solution="accuracy_interval"
