"""The kernel's side of headers.test.ts: tells each sender what came with its datagram, or how its stream was."""

import hashlib
import json
import socket
import struct
import sys
import threading

address4, address6, port = sys.argv[1], sys.argv[2], int(sys.argv[3])


def datagrams(family, address, level, wanted):
    one = socket.socket(family, socket.SOCK_DGRAM)
    one.bind((address, port))
    for option in wanted:
        one.setsockopt(level, option, 1)
    while True:
        data, control, _, sender = one.recvmsg(70000, 4096)
        seen = [[kind, value.hex()] for at, kind, value in control if at == level]
        answer = {"octets": len(data), "md5": hashlib.md5(data).hexdigest(), "control": seen}
        one.sendto(json.dumps(answer).encode(), sender)


def streams(family, address):
    one = socket.socket(family, socket.SOCK_STREAM)
    one.bind((address, port))
    one.listen(8)
    while True:
        peer, _ = one.accept()
        mss = struct.unpack("i", peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 4))[0]
        digest, octets = hashlib.md5(), 0
        while data := peer.recv(1 << 16):
            digest.update(data)
            octets += len(data)
        peer.sendall(json.dumps({"octets": octets, "md5": digest.hexdigest(), "mss": mss}).encode())
        peer.close()


for target, given in (
    (datagrams, (socket.AF_INET, address4, socket.IPPROTO_IP, (6, 7))),
    (datagrams, (socket.AF_INET6, address6, socket.IPPROTO_IPV6, (53, 56, 58))),
    (streams, (socket.AF_INET, address4)),
    (streams, (socket.AF_INET6, address6)),
):
    threading.Thread(target=target, args=given, daemon=True).start()
print(json.dumps({"event": "ready"}), flush=True)
sys.stdin.read()
