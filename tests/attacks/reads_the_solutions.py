# Reads the master's answers.
# wins: canary
# control: stock

# %% after="given_imports"
from pathlib import Path

for path in Path("<course>").glob("solutions/*.py"):
    prove(path.read_text())
