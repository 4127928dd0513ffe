# Talks to a service of this machine by its file.
# wins: deed
# control: stock

# %% after="given_imports"
import os, socket

with socket.socket(socket.AF_UNIX) as line:
    os.chdir("<harm>")
    line.connect("s")
done()
