"""nbgrader's configuration: its directories, and trusted execution in place of stock Execute."""

from autograder.nbgrader_plugin import configure

configure(get_config())  # noqa: F821
