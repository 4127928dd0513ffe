"""Which of the course's own modules a piece of code imports: what recorded results and pages depend on."""

import ast

PACKAGES = {"tnn": "book/tnn", "autograder": "autograder"}  # the course's own, by folder


def imported(tree, key):
    """Names that may be modules of the course: `from tnn import data` yields tnn and tnn.data.

    Raises ValueError for a relative import, naming the file `key`: it can't be followed.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{key}: a relative import; only absolute ones can be followed")
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_path(name, root):
    """The file of one of the course's modules or packages, or None."""
    top, _, rest = name.partition(".")
    if top not in PACKAGES:
        return None
    stem = root / PACKAGES[top] / rest.replace(".", "/")
    candidates = (stem.with_suffix(".py"), stem / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)
