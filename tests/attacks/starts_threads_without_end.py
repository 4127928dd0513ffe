# Starts as many threads as it may, up to 1500.
# wins: deed
# control: stock

# %% after="given_imports"
import threading, time

started = []
try:
    for _ in range(1500):
        thread = threading.Thread(target=time.sleep, args=(1.5,), daemon=True)
        thread.start()
        started.append(thread)
    done()
except RuntimeError as error:
    print(len(started), error)
