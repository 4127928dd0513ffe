# Imports the grader's own package and reads its questions.
# wins: canary
# control: kernel

# %% after="given_imports"
import sys

for name in [n for n in sys.modules if n.split(".")[0] == "autograder"]:
    del sys.modules[name]
sys.path[:0] = ["<course>", *[p for p in ("/usr/lib", "/usr/local/lib")]]
from autograder.course import Course

for question in Course("<course>").questions.values():
    module = sys.modules[question.properties[0].inputs.__module__.rpartition(".")[0] + "." + question.name]
    prove(str(vars(module).get("CANARY")))
