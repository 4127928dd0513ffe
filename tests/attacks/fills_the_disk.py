# Writes a file of 400 MiB.
# wins: deed
# control: stock

# %% after="given_imports"
import os

try:
    with open("large", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 400 * 2**20)
    done()
finally:
    os.remove("large")
