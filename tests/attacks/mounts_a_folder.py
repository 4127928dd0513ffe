# Leaves for namespaces of its own, where it would be root.
# wins: deed
# control: unlocked

# %% after="given_imports"
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x00020000) == 0:  # a mount namespace: seen by this process alone
    done()
