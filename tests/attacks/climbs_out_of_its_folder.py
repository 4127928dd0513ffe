# Reaches other people's work by a path relative to its own folder.
# wins: canary
# control: stock

# %% after="given_imports"
import os

prove(open(os.path.relpath("<neighbour>")).read())
os.chdir("/")
prove(open("<neighbour>".lstrip("/")).read())
