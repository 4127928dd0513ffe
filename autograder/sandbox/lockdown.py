"""The one place where a student process gives up its rights, before it has seen a byte of student code."""


def lock_down(folder: str) -> None:
    """Leave this process nothing but computing, its channel and the scratch `folder`.

    Called once, by `student.main`, when everything that must be opened is open.
    """
