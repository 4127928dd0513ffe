# Looks through every process of the machine: command lines, environments, folders, open files.
# wins: canary
# control: stock

# %% after="given_imports"
import glob, os

for name in glob.glob("/proc/[0-9]*/*") + glob.glob("/proc/[0-9]*/fd/*"):
    try:
        prove(os.readlink(name)) if os.path.islink(name) else None
        if name.endswith(("/environ", "/cmdline")):
            prove(open(name, "rb").read())
    except OSError:
        pass
