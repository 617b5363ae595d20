"""The kernel's side of the interop tests: Python sockets against the services of the main job.

Every command prints one JSON object; a client that fails or hangs ends with a traceback and status 1.
"""
import asyncio
import errno
import hashlib
import json
import os
import random
import socket
import struct
import sys
import threading
import time


def pings(host, count, octets):
    """Sends `count` echo requests with `octets` of data, one each 10 ms; the numbers that were never answered.

    Unlike ping(8), which ends two round trips after its last request, this waits for answers however late they are.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sock.connect((host, 0))
    ident = os.getpid() & 0xFFFF
    data = bytes(i & 0xFF for i in range(octets))
    missing = set(range(count))

    def read(seconds):
        sock.settimeout(seconds)
        try:
            packet = sock.recv(65536)
        except socket.timeout:
            return False
        reply = packet[(packet[0] & 15) * 4:]
        kind, _, _, who, number = struct.unpack("!BBHHH", reply[:8])
        if kind == 0 and who == ident and reply[8:] == data:
            missing.discard(number)
        return True

    for number in range(count):
        header = struct.pack("!BBHHH", 8, 0, 0, ident, number)
        summed = checksum(header + data)
        sock.send(struct.pack("!BBHHH", 8, 0, summed, ident, number) + data)
        read(0.01)
    while missing and read(20):
        pass
    return {"missing": sorted(missing)}


def checksum(octets):
    """RFC 1071."""
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo(host, port, total, seed, size):
    """Sends `total` octets in writes of at most `size`, half closes, and reads them back meanwhile."""
    sock = socket.create_connection((host, port), 10)
    sock.settimeout(60)
    sent = hashlib.sha256()

    def send():
        rng = random.Random(seed)
        left = total
        while left > 0:
            chunk = rng.randbytes(min(left, rng.randint(1, size)))
            sent.update(chunk)
            sock.sendall(chunk)
            left -= len(chunk)
        sock.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    received = hashlib.sha256()
    count = 0
    while True:
        chunk = sock.recv(262144)
        if not chunk:
            break
        count += len(chunk)
        received.update(chunk)
    sender.join(60)
    sock.close()
    return {"count": count, "sent": sent.hexdigest(), "received": received.hexdigest()}


def source(host, port, total):
    """Reads `total` octets from the bulk source, then closes while it still sends."""
    sock = socket.create_connection((host, port), 10)
    sock.settimeout(60)
    digest = hashlib.sha256()
    left = total
    while left > 0:
        chunk = sock.recv(min(left, 262144))
        if not chunk:
            break
        digest.update(chunk)
        left -= len(chunk)
    sock.close()
    return {"missing": left, "sha256": digest.hexdigest()}


def sink(host, port, total):
    """Sends `total` octets; the sink has closed only after it has read them all."""
    sock = socket.create_connection((host, port), 10)
    sock.settimeout(60)
    chunk = bytes(262144)
    left = total
    while left > 0:
        left -= sock.send(chunk[: min(left, len(chunk))])
    sock.shutdown(socket.SHUT_WR)
    end = sock.recv(1)
    sock.close()
    return {"end": len(end)}


def churn(host, port, total, at_once):
    """`total` echo connections, `at_once` at a time; each sends its own text and must get it back."""

    async def one(number, gate):
        async with gate:
            text = b"connection %d" % number
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(text)
            writer.write_eof()
            answer = await reader.read(-1)
            writer.close()
            await writer.wait_closed()
            return answer == text

    async def every():
        gate = asyncio.Semaphore(at_once)
        tasks = [asyncio.wait_for(one(number, gate), 60) for number in range(total)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = asyncio.run(every())
    wrong = sorted({repr(outcome) for outcome in outcomes if outcome is not True})
    return {"good": sum(outcome is True for outcome in outcomes), "wrong": wrong}


def datagrams(host, port, sizes):
    """One UDP datagram of each size, an empty one too, and the answer to each."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(5)
    wrong = []
    for size in sizes:
        sent = random.Random(size).randbytes(size)
        sock.sendto(sent, (host, port))
        received, origin = sock.recvfrom(65535)
        if received != sent or origin != (host, port):
            wrong.append(size)
    return {"wrong": wrong}


def broadcast(host, port, group):
    """The answer to a broadcast datagram comes from the unicast address."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.settimeout(5)
    sock.sendto(b"anybody", (group, port))
    received, origin = sock.recvfrom(65535)
    return {"received": received.decode(), "from": origin[0]}


def control(host, port, own):
    """Has the stack connect to a socket of ours, echoes over that, and has it fail where nobody listens."""
    listener = socket.socket()
    listener.bind((own, 0))
    listener.listen()
    listener.settimeout(10)
    commands = socket.create_connection((host, port), 10)
    commands.settimeout(20)
    commands.sendall(b"CONNECT %s %d\n" % (own.encode(), listener.getsockname()[1]))
    peer, _ = listener.accept()
    peer.settimeout(10)
    answers = commands.makefile("r")
    first = answers.readline().strip()
    peer.sendall(b"there and back")
    peer.shutdown(socket.SHUT_WR)
    echoed = b""
    while chunk := peer.recv(100):
        echoed += chunk
    listener.close()
    commands.sendall(b"CONNECT %s %d\nnonsense\n" % (own.encode(), 1))
    rest = sorted(answers.readline().strip() for _ in range(2))
    return {"first": first, "echoed": echoed.decode(), "rest": rest}


def tagged(device, vlan, own, peer):
    """Asks for a station and pings it with frames of a VLAN, by AF_PACKET; the tags of the answers, -1 for none."""
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    raw.bind((device, 0))
    raw.setsockopt(263, 8, 1)  # SOL_PACKET, PACKET_AUXDATA: the kernel takes tags off, and tells of them beside
    raw.settimeout(0.2)
    station = bytes.fromhex("020000000077")

    def send(to, ethertype, body):
        raw.send(to + station + struct.pack("!HHH", 0x8100, 0x2000 | vlan, ethertype) + body.ljust(46, b"\0"))

    def answer(wanted):
        until = time.monotonic() + 3
        while time.monotonic() < until:
            try:
                frame, extra, flags, source = raw.recvmsg(2000, 100)
            except TimeoutError:
                continue
            if source[2] == 4 or not wanted(frame):  # PACKET_OUTGOING: our own
                continue
            for level, kind, data in extra:
                status, _, _, _, _, control, _ = struct.unpack("IIIHHHH", data[:20])
                if (level, kind) == (263, 8) and status & 0x10:
                    return control, frame
            return 0, frame
        return -1, b""

    addresses = socket.inet_aton(own), socket.inet_aton(peer)
    request = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + station + addresses[0] + bytes(6) + addresses[1]
    send(b"\xff" * 6, 0x0806, request)
    arp, reply = answer(lambda frame: frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\x02")
    if arp < 0:
        return {"arp": arp}
    text = b"tagged" * 5
    icmp = struct.pack("!BBHHH", 8, 0, 0, 7, 1) + text
    icmp = icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(icmp), 1, 0, 64, 1, 0, *addresses)
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    send(reply[22:28], 0x0800, header + icmp)
    echoed, frame = answer(lambda frame: frame[12:14] == b"\x08\0" and frame[23:24] == b"\x01" and frame[34:35] == b"\0")
    return {"arp": arp, "echo": echoed, "data": text in frame}


def refusals(hosts, ports):
    """What comes of connections, to each port of each host: the names of the errors."""
    def outcome(host, port):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.settimeout(20)
            return errno.errorcode.get(sock.connect_ex((host, port)), "none")

    return {host: [outcome(host, port) for port in ports] for host in hosts}


COMMANDS = {f.__name__: f for f in (pings, echo, source, sink, churn, datagrams, broadcast, control, refusals, tagged)}

if __name__ == "__main__":
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    print(json.dumps(COMMANDS[name](*arguments)))
