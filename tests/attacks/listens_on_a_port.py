# Waits for somebody to call.
# wins: deed
# control: stock

# %% after="given_imports"
import socket

with socket.socket() as line:
    line.bind(("127.0.0.1", 0))
    line.listen()
done()
