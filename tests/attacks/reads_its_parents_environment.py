# Reads the environment of the process that started this one.
# wins: canary
# control: stock

# %% after="given_imports"
import os

with open(f"/proc/{os.getppid()}/environ", "rb") as file:
    prove(file.read())
