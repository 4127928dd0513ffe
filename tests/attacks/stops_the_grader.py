# Stops the process that started this one, which then waits for ever.
# wins: upset
# control: stock

# %% after="given_imports"
import os, signal

if os.getppid() > 1:
    os.kill(os.getppid(), signal.SIGSTOP)
