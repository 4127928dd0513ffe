# The textbook interval, and the least confident images in place of the smallest margins.
# expect: accuracy_interval=0 most_uncertain=0 train=0

# %% answer="accuracy_interval"
def accuracy_interval(correct, n, z):
    share = correct / n
    half = z * (share * (1 - share) / n) ** 0.5
    return share - half, share + half

# %% answer="most_uncertain"
def most_uncertain(probabilities, asked, k):
    order = np.argsort(probabilities.max(axis=1))
    return order[~np.isin(order, asked)][:k]
