# Asks of every process whether it could signal it, by the signal that does nothing.
# wins: deed
# control: stock

# %% after="given_imports"
import os

reached = 0
for pid in {os.getppid(), *[int(n) for n in range(1, 4000)]} - {os.getpid(), 0}:
    try:
        os.kill(pid, 0)
        reached += 1
    except OSError:
        pass
if reached:
    done()
