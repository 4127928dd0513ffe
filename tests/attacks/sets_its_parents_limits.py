# Sets the limits that its parent runs under.
# wins: deed
# control: stock

# %% after="given_imports"
import os, resource

try:
    before = resource.prlimit(os.getppid(), resource.RLIMIT_CORE)
    resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, before[1]))
    done()
except OSError as error:
    print(error)
