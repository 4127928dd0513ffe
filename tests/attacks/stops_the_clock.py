# Makes all clocks stand still for whoever measures how long it takes, then takes long.
# wins: deed
# control: stock

# %% after="given_imports"
import time

start, clock = time.monotonic(), time.monotonic
time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
while clock() - start < 9:
    pass
done()
