# Kills the process that started this one.
# wins: upset
# control: stock

# %% after="given_imports"
import os, signal

if os.getppid() > 1:
    os.kill(os.getppid(), signal.SIGKILL)
