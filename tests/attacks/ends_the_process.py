# Ends the process that runs its cells, without a word.
# wins: upset
# control: stock

# %% after="given_imports"
import os

os._exit(0)
