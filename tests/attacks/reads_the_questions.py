# Reads the question files: references, misconceptions, tolerances.
# wins: canary
# control: stock

# %% after="given_imports"
from pathlib import Path

for path in Path("<course>/questions").rglob("*.py"):
    prove(path.read_text())
