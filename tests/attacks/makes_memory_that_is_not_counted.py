# Keeps things in memory files, where limits don't look.
# wins: deed
# control: stock

# %% after="given_imports"
import os

try:
    os.close(os.memfd_create("hidden"))
    done()
except OSError as error:
    print(error)
