"""JupyterHub for this course on one machine; book/en/jupyterhub.md says how to set it up.

Run it as root in the course's folder: jupyterhub --config deploy/jupyterhub_config.py
"""

import os
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
INSTRUCTORS = set(os.environ["COURSE_INSTRUCTORS"].split())
STUDENTS = set(os.environ["COURSE_STUDENTS"].split())
STUDENT_ENVIRONMENT = Path(os.environ["COURSE_STUDENT_ENVIRONMENT"])  # numpy, torch, nbgrader; nothing of the course

c = get_config()  # noqa: F821

# Who may come in. This authenticator takes one password for everybody: it is for trying this out on your own
# machine. Name your institution's instead (OAuthenticator, LDAP, PAM), and keep the two lists of names.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["COURSE_PASSWORD"]
c.Authenticator.allowed_users = INSTRUCTORS | STUDENTS

# Loopback only. A server that others reach needs TLS, in a proxy before it or here.
c.JupyterHub.bind_url = os.environ.get("COURSE_URL", "http://127.0.0.1:8000")
c.JupyterHub.hub_port = int(os.environ.get("COURSE_HUB_PORT", "8081"))
c.JupyterHub.db_url = "sqlite:///" + os.environ.get("COURSE_HUB_DATABASE", "jupyterhub.sqlite")

# Every user is a user of the machine, and their server runs as them: the exchange rests on file permissions.
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.default_url = "/lab"
# JupyterHub forbids every frame, and formgrader's menu entry opens one in JupyterLab: its own pages may.
FRAMES = {"headers": {"Content-Security-Policy": "frame-ancestors 'self'"}}


def prepare(spawner):
    """Instructors work in the course with its environment; students at home, with one that can't grade."""
    if spawner.user.name in INSTRUCTORS:
        # in the course's folder, where nbgrader looks for its configuration
        spawner.cmd = ["env", f"--chdir={COURSE}", str(COURSE / ".venv" / "bin" / "jupyterhub-singleuser")]
        spawner.notebook_dir = str(COURSE)
        spawner.args = [f"--ServerApp.tornado_settings={FRAMES}"]
        spawner.environment = {"PATH": f"{COURSE / '.venv' / 'bin'}:/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
    else:
        spawner.cmd = [str(STUDENT_ENVIRONMENT / "bin" / "jupyterhub-singleuser")]
        spawner.environment = {"PATH": f"{STUDENT_ENVIRONMENT / 'bin'}:/usr/bin:/bin", "OMP_NUM_THREADS": "1"}


c.Spawner.pre_spawn_hook = prepare
