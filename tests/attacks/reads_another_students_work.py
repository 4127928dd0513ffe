# Reads what somebody else handed in.
# wins: canary
# control: stock

# %% after="given_imports"
prove(open("<neighbour>").read())
