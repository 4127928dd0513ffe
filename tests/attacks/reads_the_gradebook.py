# Reads the gradebook, whose place it knows.
# wins: canary
# control: stock

# %% after="given_imports"
prove(open("<grading>/gradebook.db", "rb").read())
