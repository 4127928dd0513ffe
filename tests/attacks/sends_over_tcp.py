# Tells somebody on the network what it has found.
# wins: deed
# control: stock

# %% after="given_imports"
import socket

with socket.create_connection(("127.0.0.1", int("<port>")), timeout=2) as line:
    line.sendall(b"found")
done()
