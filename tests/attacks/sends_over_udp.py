# Sends a packet to the network.
# wins: deed
# control: stock

# %% after="given_imports"
import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    line.sendto(b"found", ("127.0.0.1", int("<port>")))
done()
