# Reads the secret that every student's inputs are drawn from.
# wins: canary
# control: stock

# %% after="given_imports"
prove(open("<grading>/secret").read())
