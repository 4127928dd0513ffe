# Takes its parent's priority and processors away.
# wins: deed
# control: stock

# %% after="given_imports"
import os

ways = (
    lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 5),
    lambda: os.sched_setaffinity(os.getppid(), os.sched_getaffinity(os.getppid())),
    lambda: os.sched_setscheduler(os.getppid(), os.SCHED_BATCH, os.sched_param(0)),
)
for way in ways:
    try:
        way()
        done()
    except OSError as error:
        print(error)
