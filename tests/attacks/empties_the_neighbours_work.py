# Cuts somebody else's notebook to nothing, without opening it.
# wins: file
# control: stock

# %% after="given_imports"
import os

os.truncate("<neighbour>", 0)
