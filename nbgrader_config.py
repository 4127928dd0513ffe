"""nbgrader's configuration: its directories, and trusted execution in place of stock Execute."""

from autograder.nbgrader_plugin import configure

configure(get_config())  # noqa: F821

# What is downloaded from a learning platform is students' work, and lies with the rest of it.
get_config().ZipCollectApp.downloaded_directory = "grading/downloaded"  # noqa: F821
