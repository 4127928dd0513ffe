# Writes an extended attribute to somebody else's file.
# wins: file
# control: stock

# %% after="given_imports"
import os

os.setxattr("<harm>/kept.txt", "user.mark", b"1")
