"""Joins groups and filters sources on an interface of the kernel's, and shows the frames that it sends about that.

One argument, JSON: the interface to join on, its peer to listen on, seconds to listen after each step, and the plans, of
which step by step is done what all say: each has a family (4 or 6), a group, and its steps,
{"member": 0, "what": "include" | "exclude" | "leave", "sources": [...]}, or {"send": frame in hexadecimal}. Prints, as JSON, the frames in hexadecimal that came after each step.
"""

import json
import socket
import struct
import sys
import time

MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_MSFILTER = 42, 45, 46, 48


def storage(family, text):
    if family == 4:
        return struct.pack("HH4s", socket.AF_INET, 0, socket.inet_aton(text)).ljust(128, b"\0")
    packed = socket.inet_pton(socket.AF_INET6, text)
    return struct.pack("HHI16sI", socket.AF_INET6, 0, 0, packed, 0).ljust(128, b"\0")


class Members:
    def __init__(self, family, group, interface):
        self.family = family
        self.level = socket.IPPROTO_IP if family == 4 else socket.IPPROTO_IPV6
        self.group = storage(family, group)
        self.index = socket.if_nametoindex(interface)
        self.sockets = {}
        self.joined = set()

    def do(self, member, what, sources):
        one = self.sockets.setdefault(
            member,
            socket.socket(socket.AF_INET if self.family == 4 else socket.AF_INET6, socket.SOCK_DGRAM),
        )
        request = struct.pack("I4x", self.index) + self.group
        if what == "leave":
            one.setsockopt(self.level, MCAST_LEAVE_GROUP, request)
            self.joined.discard(member)
            return
        if member not in self.joined:
            self.joined.add(member)
            if what == "exclude":
                one.setsockopt(self.level, MCAST_JOIN_GROUP, request)
                if not sources:
                    return
            else:
                first = storage(self.family, sources[0])
                one.setsockopt(self.level, MCAST_JOIN_SOURCE_GROUP, request + first)
                if len(sources) == 1:
                    return
        mode = 1 if what == "include" else 0
        listed = b"".join(storage(self.family, source) for source in sources)
        wanted = request + struct.pack("II", mode, len(sources)) + listed
        one.setsockopt(self.level, MCAST_MSFILTER, wanted)


def listen(wire, span):
    """All that comes within the span, also where this process stood still at its end."""
    frames = []
    end = time.monotonic() + span
    while True:
        wire.settimeout(max(0, end - time.monotonic()))
        try:
            data, (_, _, kind, _, _) = wire.recvfrom(65536)
        except (socket.timeout, BlockingIOError):
            break
        if kind != socket.PACKET_OUTGOING:
            frames.append(data.hex())
    return frames


def main():
    wanted = json.loads(sys.argv[1])
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.bind((wanted["peer"], 0))
    listen(wire, wanted["span"])
    plans = [(Members(plan["family"], plan["group"], wanted["interface"]), plan["steps"]) for plan in wanted["plans"]]
    told = []
    for number in range(len(plans[0][1])):
        for members, steps in plans:
            step = steps[number]
            if "send" in step:
                wire.send(bytes.fromhex(step["send"]))
            else:
                members.do(step["member"], step["what"], step["sources"])
        told.append(listen(wire, wanted["span"]))
    print(json.dumps(told))


main()
