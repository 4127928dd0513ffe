# Sets the time of somebody's work to long ago.
# wins: file
# control: stock

# %% after="given_imports"
import os

os.utime("<neighbour>", (1, 1))
os.utime("<harm>/kept.txt", (1, 1))
