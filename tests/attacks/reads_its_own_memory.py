# Looks for what the grader left in this process's memory, through /proc/self/mem and by address.
# wins: canary
# control: kernel

# %% after="given_imports"
import ctypes

with open("/proc/self/maps") as maps:
    for line in maps.readlines():
        span, kind = line.split()[:2]
        start, end = (int(part, 16) for part in span.split("-"))
        if kind.startswith("rw") and end - start < 2**26 and not line.rstrip().endswith("[vvar]"):
            prove(ctypes.string_at(start, end - start).replace(b"canary-x", b""))
