# Reads the pack of questions that is nobody's business.
# wins: canary
# control: stock

# %% after="given_imports"
from pathlib import Path

for path in Path("<pack>").iterdir():
    prove(path.read_text())
