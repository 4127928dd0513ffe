# Leaves its work to the moment when the process ends.
# wins: file
# control: stock

# %% after="given_imports"
import atexit, weakref


def later():
    with open("<harm>/exit", "w") as file:
        file.write("late")


class Thing:
    __del__ = lambda self, later=later: later()


atexit.register(later)
keep = Thing()
