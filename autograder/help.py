"""Help by symptom: the entries under *Stuck?* that every assignment shares, and which message leads to which.

A master puts {stuck} where the shared entries belong, and adds its own. A question's `stuck` names one of either.
"""

import re

COMMON = {
    "It says NotImplementedError": "The line `raise NotImplementedError(...)` is still in the cell. Delete it, and run "
    "the cell again: a cell that was changed but not run still has its old function.",
    "It says that something is not defined": "Use *Restart and run all*. The first error from the top is the one to "
    "mend. Names that you defined in a cell and deleted later are gone after a restart, and a misspelt name was never "
    "there.",
    "My function gives None": "A function without `return` gives `None`. `print` shows a value, but doesn't return it.",
    "Operands could not be broadcast together": "Print the shapes. NumPy lines shapes up from the *last* axis: a "
    "vector `(N,)` meets the last axis of an array `(N, D)`, which is $D$. Give the vector axes of length 1 with "
    "`reshape`, or keep the axes of a sum or a mean with `keepdims=True`.",
    "It says that I changed an input in place": "`x -= mean` writes into the caller's array; `x = x - mean` makes a "
    "new one. `reshape` and slices share their numbers with the array they came from.",
    "It is right here, but got fewer points when handed in": "*Restart and run all* before you hand in. For grading, "
    "the cells run once, in the order of the notebook, and your functions get inputs that you haven't seen.",
}
SYMPTOMS = {
    r"could not be broadcast|cannot reshape|not aligned|must match the size|mismatch in its core dimension": (
        "Operands could not be broadcast together"
    ),
    r"\bNone\b.*return missing": "My function gives None",
    r"changed its input": "It says that I changed an input in place",
    r"raised (NameError|UnboundLocalError)": "It says that something is not defined",
}


def entries():
    """The shared entries as Markdown."""
    return "\n\n".join(f"**{heading}.** {text}" for heading, text in COMMON.items())


def entry_for(message, otherwise):
    """The heading that helps with a message: the symptom's, or the question's own if it names one."""
    return next((heading for pattern, heading in SYMPTOMS.items() if re.search(pattern, message)), otherwise)
