"""The kernel of this machine as the target of packet scripts, for linux-target.ts.

Makes a network namespace of its own, a TAP in it, and the socket calls that it is told to make. Commands come as lines
of JSON on standard input; what has been sent, and what calls have come to, goes out in the same way. Times are
microseconds of CLOCK_MONOTONIC. Needs root. Everything is gone when it ends.
"""

import ctypes
import errno
import fcntl
import json
import os
import queue
import select
import socket
import struct
import subprocess
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TAP = 2
IFF_NO_PI = 0x1000
SO_TIMESTAMPNS = 35
PACKET_OUTGOING = 4
DEVICE = "tap0"
OUR_STATION = bytes.fromhex("020000000001")
THEIR_STATION = bytes.fromhex("020000000002")
IPV4 = b"\x08\x00"

INFO_OCTETS = ["state", "ca_state", "retransmits", "probes", "backoff", "options"]
INFO_WORDS = (
    "rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv "
    "last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space total_retrans"
).split()
INFO_REST = (
    "Q:pacing_rate Q:max_pacing_rate Q:bytes_acked Q:bytes_received I:segs_out I:segs_in I:notsent_bytes I:min_rtt "
    "I:data_segs_in I:data_segs_out Q:delivery_rate Q:busy_time Q:rwnd_limited Q:sndbuf_limited I:delivered "
    "I:delivered_ce Q:bytes_sent Q:bytes_retrans I:dsack_dups I:reord_seen I:rcv_ooopack I:snd_wnd I:rcv_wnd"
).split()

lock = threading.Lock()


def tell(message):
    with lock:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def now():
    return time.monotonic_ns() // 1000


def until(at):
    while True:
        left = at - now()
        if left <= 0:
            return
        time.sleep(left / 1e6)


class Failed(Exception):
    """A call has failed with an errno."""


def checked(result):
    if result < 0:
        raise Failed(ctypes.get_errno())
    return result


def packed(value):
    """The octets of an option's value."""
    if isinstance(value, list):
        return b"".join(packed(item) for item in value)
    if isinstance(value, dict):
        return struct.pack("ii", value.get("onoff", 0), value.get("linger", 0))
    if isinstance(value, str):
        return value.encode()
    return struct.pack("I", value & 0xFFFFFFFF)


def sockaddr(value):
    return struct.pack("=H", 2) + struct.pack(">HI8x", value["sin_port"], value["sin_addr"])


def octets(text, count):
    given = text.encode("latin-1") if isinstance(text, str) else b""
    return given[:count].ljust(count, b"\0")


def vectors(value):
    return [octets(one.get("0"), one["1"]) for one in value]


class Kernel:
    def __init__(self, start):
        self.congestion = None
        # the sniffer's times are of the other clock
        self.shift = time.time_ns() - time.monotonic_ns()
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        self.tap = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.tap, TUNSETIFF, struct.pack("16sH", DEVICE.encode(), IFF_TAP | IFF_NO_PI))
        self.write_sysctl("net.ipv6.conf.all.disable_ipv6", "1")
        local, remote = start["local"], start["remote"]
        gateway = local[: local.rindex(".") + 1] + "254"
        batch = [
            "link set lo up",
            f"link set {DEVICE} address {OUR_STATION.hex(':')} mtu {start['mtu']} up",
            f"addr add {local}/24 dev {DEVICE}",
            f"neigh add {gateway} lladdr {THEIR_STATION.hex(':')} dev {DEVICE} nud permanent",
            f"neigh replace {remote} lladdr {THEIR_STATION.hex(':')} dev {DEVICE} nud permanent",
            f"route add default via {gateway} dev {DEVICE}",
        ]
        subprocess.run(["ip", "-batch", "-"], input="\n".join(batch), text=True, check=True, capture_output=True)
        for name, value in start["sysctls"].items():
            self.sysctl(name, value)
        self.sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self.sniffer.bind((DEVICE, 0))
        self.sniffer.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.calls = queue.Queue()
        self.idle = 0
        for job in (self.sniff, self.drain):
            threading.Thread(target=job, daemon=True).start()

    # ── settings ──

    def sysctl(self, name, value):
        if name == "net.ipv4.tcp_congestion_control":
            # Only what is allowed to everybody can be a namespace's own; root may choose it for each socket.
            self.congestion = value
        elif name != "net.ipv4.tcp_fack":
            self.write_sysctl(name, value)

    def write_sysctl(self, name, value):
        with open("/proc/sys/" + name.replace(".", "/"), "w") as file:
            file.write(value)

    # ── packets ──

    def sniff(self):
        while True:
            frame, control, _, address = self.sniffer.recvmsg(65536, 256)
            if address[2] != PACKET_OUTGOING or frame[12:14] != IPV4:
                continue
            at = now()
            for level, kind, data in control:
                if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                    seconds, nanoseconds = struct.unpack("qq", data[:16])
                    at = (seconds * 10**9 + nanoseconds - self.shift) // 1000
            tell({"sent": frame[14:].hex(), "at": at})

    def drain(self):
        while True:
            os.read(self.tap, 65536)

    def inject(self, datagram):
        os.write(self.tap, OUR_STATION + THEIR_STATION + IPV4 + datagram)

    # ── calls ──

    def serve(self):
        """Makes the calls that come, one after the other; while one waits, another thread takes over."""
        while True:
            with lock:
                self.idle += 1
            number, name, given, at = self.calls.get()
            with lock:
                self.idle -= 1
            until(at)
            self.make(number, name, given)

    def call(self, number, name, given, at):
        with lock:
            start = self.idle == 0
        if start:
            threading.Thread(target=self.serve, daemon=True).start()
        self.calls.put((number, name, given, at))

    def make(self, number, name, given):
        outputs = {}
        code = None
        began = now()
        try:
            action = getattr(self, "do_" + name, None)
            if action is None:
                tell({"broken": f"the call {name} is not supported", "id": number})
                return
            result = action(outputs, *given)
        except Failed as error:
            result, code = -1, errno.errorcode.get(error.args[0], str(error.args[0]))
        except OSError as error:
            result, code = -1, errno.errorcode.get(error.errno, str(error.errno))
        if code == "ENOTSUP":
            code = "EOPNOTSUPP"
        tell({"id": number, "result": result, "errno": code, "outputs": outputs, "began": began, "at": now()})

    def do_socket(self, _out, family, style, protocol):
        fd = checked(libc.socket(2 if family is None else family, style, protocol or 0))
        if self.congestion is not None and style & 15 == 1:
            name = self.congestion.encode()
            checked(libc.setsockopt(fd, 6, 13, name, len(name)))
        return fd

    def do_bind(self, _out, fd, address, *_):
        return checked(libc.bind(fd, sockaddr(address), 16))

    def do_listen(self, _out, fd, backlog):
        return checked(libc.listen(fd, backlog))

    def do_accept(self, _out, fd, *_):
        return checked(libc.accept4(fd, None, None, 0))

    def do_accept4(self, _out, fd, _address, _size, flags):
        return checked(libc.accept4(fd, None, None, flags))

    def do_connect(self, _out, fd, address, *_):
        return checked(libc.connect(fd, sockaddr(address), 16))

    def do_shutdown(self, _out, fd, how):
        return checked(libc.shutdown(fd, how))

    def do_close(self, _out, fd):
        return checked(libc.close(fd))

    def do_dup(self, _out, fd):
        return checked(libc.dup(fd))

    def do_fcntl(self, _out, fd, command, value=0):
        return checked(libc.fcntl(fd, command, ctypes.c_long(value or 0)))

    def do_write(self, _out, fd, text, count):
        return checked(libc.send(fd, octets(text, count), ctypes.c_size_t(count), socket.MSG_NOSIGNAL))

    def do_read(self, _out, fd, _text, count):
        return checked(libc.read(fd, ctypes.create_string_buffer(count), ctypes.c_size_t(count)))

    def do_send(self, _out, fd, text, count, flags):
        return checked(libc.send(fd, octets(text, count), ctypes.c_size_t(count), flags | socket.MSG_NOSIGNAL))

    def do_recv(self, _out, fd, _text, count, flags):
        return checked(libc.recv(fd, ctypes.create_string_buffer(count), ctypes.c_size_t(count), flags))

    def do_sendto(self, _out, fd, text, count, flags, to=None, *_):
        address = None if to is None else sockaddr(to)
        size = 0 if to is None else 16
        given = octets(text, count)
        return checked(libc.sendto(fd, given, ctypes.c_size_t(count), flags | socket.MSG_NOSIGNAL, address, size))

    def do_recvfrom(self, _out, fd, _text, count, flags, *_):
        return self.do_recv(_out, fd, None, count, flags)

    def do_writev(self, _out, fd, vector, *_):
        return os.writev(fd, vectors(vector))

    def do_readv(self, _out, fd, vector, *_):
        return os.readv(fd, [bytearray(len(one)) for one in vectors(vector)])

    def do_sendmsg(self, _out, fd, message, flags):
        one = socket.socket(fileno=fd)
        try:
            return one.sendmsg(vectors(message["msg_iov"]), [], flags | socket.MSG_NOSIGNAL)
        finally:
            one.detach()

    def do_recvmsg(self, out, fd, message, flags):
        one = socket.socket(fileno=fd)
        try:
            size = sum(len(each) for each in vectors(message["msg_iov"]))
            data, control, told, _ = one.recvmsg(size, 512, flags)
        finally:
            one.detach()
        shown = [
            {"cmsg_level": level, "cmsg_type": kind, "cmsg_data": struct.unpack("I", text[:4])[0]}
            for level, kind, text in control
        ]
        out[1] = {"msg_flags": told, "msg_control": shown}
        return len(data)

    def do_setsockopt(self, _out, fd, level, name, value, *_):
        given = packed(value)
        return checked(libc.setsockopt(fd, level, name, given, len(given)))

    def do_getsockopt(self, out, fd, level, name, *_):
        value = ctypes.create_string_buffer(64)
        size = ctypes.c_uint32(64)
        result = checked(libc.getsockopt(fd, level, name, value, ctypes.byref(size)))
        if size.value == 4:
            out[3] = list(struct.unpack("i", value.raw[:4]))
        elif size.value == 8:
            out[3] = [list(struct.unpack("ii", value.raw[:8]))]
        return result

    def do_ioctl(self, out, fd, request, value=None):
        number = ctypes.c_int(value if isinstance(value, int) else 0)
        result = checked(libc.ioctl(fd, ctypes.c_ulong(request), ctypes.byref(number)))
        out[2] = [number.value]
        return result

    def do_poll(self, out, asked, _count, timeout):
        poll = select.poll()
        for one in asked:
            poll.register(one["fd"], one["events"])
        ready = dict(poll.poll(timeout))
        out[0] = [{"revents": ready.get(one["fd"], 0)} for one in asked]
        return len(ready)

    def info(self, fd):
        value = ctypes.create_string_buffer(512)
        size = ctypes.c_uint32(512)
        checked(libc.getsockopt(fd, 6, 11, value, ctypes.byref(size)))
        raw = value.raw
        found = dict(zip(INFO_OCTETS, raw[:6]))
        found["snd_wscale"], found["rcv_wscale"] = raw[6] & 15, raw[6] >> 4
        found.update(zip(INFO_WORDS, struct.unpack("24I", raw[8:104])))
        at = 104
        for entry in INFO_REST:
            kind, name = entry.split(":")
            if at + struct.calcsize(kind) > size.value:
                break
            (found[name],) = struct.unpack_from(kind, raw, at)
            at += struct.calcsize(kind)
        return {"tcpi_" + name: number for name, number in found.items()}


def main():
    sys.setswitchinterval(0.0002)
    try:
        # What is late here looks as if the kernel were.
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError:
        pass  # then with the patience of the script
    try:
        kernel = Kernel(json.loads(sys.stdin.readline()))
    except (OSError, subprocess.CalledProcessError) as error:
        detail = getattr(error, "stderr", None) or str(error)
        tell({"broken": f"cannot have a namespace with a TAP: {detail.strip()}"})
        return
    tell({"ready": True})
    for line in sys.stdin:
        command = json.loads(line)
        try:
            if command["do"] == "inject":
                datagram = bytes.fromhex(command["datagram"])
                until(command["at"])
                at = now()
                kernel.inject(datagram)
                tell({"id": command["id"], "at": at})
            elif command["do"] == "call":
                kernel.call(command["id"], command["name"], command["given"], command["at"])
            elif command["do"] == "info":
                tell({"id": command["id"], "info": kernel.info(command["fd"])})
            elif command["do"] == "sysctls":
                for name, value in command["sysctls"].items():
                    kernel.sysctl(name, value)
                tell({"id": command["id"]})
        except (OSError, Failed) as error:
            tell({"broken": f"{command['do']}: {error}", "id": command.get("id")})


main()
