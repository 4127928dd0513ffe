# Follows its parent's working directory, root and open files.
# wins: canary
# control: stock

# %% after="given_imports"
import os
from pathlib import Path

own = Path(f"/proc/{os.getppid()}")
for path in (own / "cwd" / "grading" / "secret", Path(f"{own}/root<grading>/secret"), *own.glob("fd/*")):
    try:
        if path.is_file():
            prove(path.read_bytes())
    except OSError as error:
        print(error)
