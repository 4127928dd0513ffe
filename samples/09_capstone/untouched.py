# Handed in as it was released.
# expect: accuracy_interval=0 most_uncertain=0 train=0
