# Writes a question of its own over the course's.
# wins: file
# control: stock

# %% after="given_imports"
with open("<course>/questions/batch_normalization/batch_norm_forward.py", "a") as file:
    file.write("question = None\n")
