# Forks as often as it may, up to 48 times.
# wins: deed
# control: unlocked

# %% after="given_imports"
import os, time

children = []
try:
    while len(children) < 48:
        pid = os.fork()
        if pid == 0:
            time.sleep(2)
            os._exit(0)
        children.append(pid)
finally:
    for pid in children:
        os.waitpid(pid, 0)
    if children:
        done()
