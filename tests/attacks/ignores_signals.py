# Blocks every signal that it can, then computes for longer than it may.
# wins: deed
# control: stock

# %% after="given_imports"
import signal, time

for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
start = time.monotonic()
while time.monotonic() - start < 9:
    pass
done()
