# Changes who owns somebody else's file.
# wins: deed
# control: stock

# %% after="given_imports"
import os

before = os.stat("<harm>/kept.txt")
try:
    os.chown("<harm>/kept.txt", before.st_uid, before.st_gid)
    done()
except OSError as error:
    print(error)
