# Moves somebody else's work away.
# wins: file
# control: stock

# %% after="given_imports"
import os

os.rename("<neighbour>", "<harm>/moved")
