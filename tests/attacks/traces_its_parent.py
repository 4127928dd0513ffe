# Attaches to its parent as a debugger does.
# wins: deed
# control: unlocked

# %% after="given_imports"
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
if libc.ptrace(0x4206, os.getppid(), None, None) == 0:  # SEIZE stops nobody
    done()
    libc.ptrace(17, os.getppid(), None, None)
