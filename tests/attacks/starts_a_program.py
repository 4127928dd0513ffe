# Starts a shell, by every way that Python has.
# wins: deed
# control: unlocked

# %% after="given_imports"
import ctypes, os, subprocess

ways = (
    lambda: subprocess.run(["true"], check=True).returncode,
    lambda: os.system("true"),
    lambda: os.posix_spawn("/bin/true", ["true"], {}) and 0,
    lambda: ctypes.CDLL(None).system(b"true"),
)
for way in ways:
    try:
        if way() == 0:
            done()
    except OSError as error:
        print(error)
