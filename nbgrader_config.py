"""nbgrader's configuration: its directories, and trusted execution in place of stock Execute."""

from autograder.nbgrader_plugin import configure

configure(get_config())  # noqa: F821

# What is downloaded from a learning platform is students' work, and lies with the rest of it.
get_config().ZipCollectApp.downloaded_directory = "grading/downloaded"  # noqa: F821

# What lateness costs is for you to say: nothing, as it stands. Ten percent of the score for each day that has begun,
# half an hour forgiven, at most half of the score, and due dates in your own time zone would be:
# get_config().LatePenalty.percent = 10
# get_config().LatePenalty.grace_minutes = 30
# get_config().LatePenalty.cap_percent = 50
# get_config().LatePenalty.timezone = "Europe/Berlin"
