"""A Jupyter server of a test's own: on this computer alone, on a free port, with a token and no user's settings."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60


class Server:
    """A running server: where it is, and how a browser gets in."""

    def __init__(self, port, token):
        self.base, self.token = f"http://127.0.0.1:{port}", token

    def url(self, path):
        return f"{self.base}/{path}?token={self.token}"

    def answers(self):
        request = urllib.request.Request(f"{self.base}/api/status", headers={"Authorization": f"token {self.token}"})
        try:
            with urllib.request.urlopen(request, timeout=5) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def lab(cwd, home, *options, **environment):
    """JupyterLab started in `cwd` as `make lab` and `make formgrader` do, with `home` for its own files.

    Yields a Server once it answers, and ends the process. Raises RuntimeError with its log if it never does.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server, log = Server(port, secrets.token_hex(16)), Path(home) / "server.log"
    own = {"HOME": str(home), "JUPYTER_TOKEN": server.token, "IPYTHONDIR": str(Path(home) / "ipython")}
    own |= {f"JUPYTER_{name}_DIR": str(Path(home) / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    news = Path(home) / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text('{"fetchNews": "false"}')  # the question whether to fetch news would lie over other things
    own["JUPYTERLAB_SETTINGS_DIR"] = str(Path(home) / "settings")
    own["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--LabApp.extension_manager=readonly"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *options,
    ]
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=cwd, env=os.environ | own | environment, stdout=written, stderr=written
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Jupyter did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
