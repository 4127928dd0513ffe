# Talks to a service of this machine that has no file.
# wins: deed
# control: stock

# %% after="given_imports"
import socket

with socket.socket(socket.AF_UNIX) as line:
    line.connect("\0" + "<port>")
done()
