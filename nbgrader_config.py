"""nbgrader's configuration: its directories, and trusted execution in place of stock Execute.

Masters are not in nbgrader's source directory: it would copy them into the release, answers included.
"""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "training_neural_networks"
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.db_url = "sqlite:///grading/gradebook.db"

load_subconfig("autograder/nbgrader_defaults.py")  # noqa: F821
