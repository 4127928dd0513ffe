# Deletes what somebody else handed in.
# wins: file
# control: stock

# %% after="given_imports"
import os

os.remove("<neighbour>")
