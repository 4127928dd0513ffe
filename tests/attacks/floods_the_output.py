# Prints more than anybody wants to store.
# wins: flood
# control: stock

# %% after="given_imports"
for _ in range(20):
    print("y" * 2**20)
