# Tries every family of sockets there is, and closes them again.
# wins: deed
# control: stock

# %% after="given_imports"
import socket

opened = []
for family in range(1, 46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(family, kind, 0).close()
            opened.append((family, kind))
        except OSError:
            pass
try:
    socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].close()
    opened.append("datagram pair")
except OSError:
    pass
print(opened)
if opened:
    done()
