"""A PostgreSQL server for a test run: its own data, its own port on loopback, ended with the run."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

PASSWORD = "Zq7/pass@word%20here"  # with what a URL must quote


def programs():
    """The folder of PostgreSQL's programs: POSTGRES, which `make test` sets, or where PATH finds initdb."""
    if named := os.environ.get("POSTGRES"):
        return Path(named)
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found and shutil.which("postgres") else None


def other_user():
    """The user to run the server as: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise AssertionError("there is neither a user postgres nor nobody to run the server as")


@contextlib.contextmanager
def server():
    """A running server. Yields a function that makes an empty database in it and returns its URL."""
    folder, user = Path(tempfile.mkdtemp(prefix="postgres-")), other_user()
    process = None
    try:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if user:
            for path in (folder, secret):
                os.chown(path, user["user"], user["group"])
        data, binaries, clean = folder / "data", programs(), {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
        initdb = [binaries / "initdb", "-D", data, "-U", "grader", "-A", "scram-sha-256", f"--pwfile={secret}", "-N"]
        made = subprocess.run(initdb, env=clean, cwd=folder, capture_output=True, text=True, **user)
        assert made.returncode == 0, made.stdout + made.stderr
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder, "-F"]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, env=clean, cwd=folder, stdout=log, stderr=log, **user)
        _wait_for(process, port, folder / "log")

        def database(name):
            with _connect(port, "postgres") as connection:
                connection.execute(f'CREATE DATABASE "{name}"')
            quoted = PASSWORD.replace("%", "%25").replace("/", "%2F").replace("@", "%40")
            return f"postgresql://grader:{quoted}@127.0.0.1:{port}/{name}"

        yield database
    finally:
        if process:
            process.send_signal(signal.SIGINT)  # ends its sessions too
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _connect(port, name):
    login = {"user": "grader", "password": PASSWORD, "dbname": name, "connect_timeout": 5}
    return psycopg.connect(host="127.0.0.1", port=port, autocommit=True, **login)


def _wait_for(process, port, log):
    patience = time.monotonic() + 60
    while True:
        try:
            return _connect(port, "postgres").close()
        except psycopg.OperationalError:
            assert process.poll() is None and time.monotonic() < patience, log.read_text()
            time.sleep(0.1)


@pytest.fixture(scope="session")
def postgres():
    """A function that makes an empty database and returns its URL. Skipped where PostgreSQL can't be installed."""
    if programs() is None:
        assert not os.environ.get("CI"), "CI must have PostgreSQL: .ci/postgres installs it"
        pytest.skip("PostgreSQL is not installed: see .ci/postgres")
    with server() as database:
        yield database
