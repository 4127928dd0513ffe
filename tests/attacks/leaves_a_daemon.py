# Leaves a process behind that goes on when grading is over.
# wins: file
# control: stock

# %% after="given_imports"
import os, time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for i in range(40):
            time.sleep(0.1)
            with open("<harm>/daemon", "a") as file:
                file.write("alive")
    os._exit(0)
