"""What a Dask worker of the tests is given beside the course: ways to fail."""

import os
import signal

from autograder import cluster


def dask_setup(worker):
    """Die over what a student named `deadly` hands in, and have the versions that TEST_VERSIONS adds."""
    grade, versions = cluster.Grading.grade, cluster.versions

    def die(self, data):
        if cluster.Job.from_bytes(data).student == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        return grade(self, data)

    cluster.Grading.grade = die
    if named := os.environ.get("TEST_VERSIONS"):
        name, version = named.split("=")
        cluster.versions = lambda: versions() | {name: version}
