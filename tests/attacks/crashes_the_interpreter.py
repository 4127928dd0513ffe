# Reads where there is no memory.
# wins: upset
# control: stock

# %% after="given_imports"
import ctypes

ctypes.string_at(0)
