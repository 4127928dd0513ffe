# Leaves a segment of shared memory to whoever comes next.
# wins: deed
# control: unlocked

# %% after="given_imports"
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
segment = libc.shmget(0x7EA0_0001, 4096, 0o1666)
queue = libc.msgget(0x7EA0_0001, 0o1666)
if segment >= 0 or queue >= 0:
    done()
    libc.shmctl(segment, 0, None)
    libc.msgctl(queue, 0, None)
