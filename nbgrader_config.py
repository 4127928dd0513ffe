"""nbgrader's configuration: its directories, and trusted execution in place of stock Execute."""

from pathlib import Path

from autograder.nbgrader_plugin import configure

configure(get_config())  # noqa: F821

# nbgrader makes its gradebook in this folder, but not the folder.
(Path(__file__).parent / "grading").mkdir(exist_ok=True)

# What is downloaded from a learning platform is students' work, and lies with the rest of it.
get_config().ZipCollectApp.downloaded_directory = "grading/downloaded"  # noqa: F821

# How files in a platform's archive are called: ann_04_batch_normalization.ipynb, in any folder. Where yours have other
# names, say so here: student_id is how Ann's folder of submissions will be called, file_id the assignment.
get_config().FileNameCollectorPlugin.named_regexp = (  # noqa: F821
    r".*/(?P<student_id>[^/]+?)_(?P<file_id>\d\d_[a-z_]+)\.ipynb"
)

# What lateness costs is for you to say: nothing, as it stands. Ten percent of the score for each day that has begun,
# half an hour forgiven, at most half of the score, and due dates in your own time zone would be:
# get_config().LatePenalty.percent = 10
# get_config().LatePenalty.grace_minutes = 30
# get_config().LatePenalty.cap_percent = 50
# get_config().LatePenalty.timezone = "Europe/Berlin"

# formgrader opens the gradebook before anything is handed in, and SQLite makes no folders. Marks are nobody else's.
(Path(__file__).parent / "grading").mkdir(mode=0o700, exist_ok=True)
