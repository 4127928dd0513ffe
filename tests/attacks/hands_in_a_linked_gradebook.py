# Hands in a link to the gradebook, which is copied beside its notebook.
# wins: canary
# control: stock
# change: link_the_gradebook

# %% after="given_imports"
prove(open("data.csv", "rb").read())
