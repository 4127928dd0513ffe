# Computes for longer than it may.
# wins: deed
# control: stock

# %% after="given_imports"
import time

start = time.monotonic()
while time.monotonic() - start < 9:
    pass
done()
