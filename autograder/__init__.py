"""Questions, reference kernels and trusted grading for the course Training Neural Networks."""


def check(name):
    """Mark the answer called `name` in the calling notebook; see autograder.kernel.check."""
    import sys

    from .kernel import check_in

    return check_in(sys._getframe(1).f_globals, name)
