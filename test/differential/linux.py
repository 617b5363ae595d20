"""Runs scripted socket calls on the Linux kernel: one JSON list of cases in, one of results out.

A case is a list of steps, a step a list: the name of a call and its arguments, as test/differential/script.ts
makes them. The result of a step is a JSON value, or {"error": "ECODE"}.
"""

import array
import errno
import json
import os
import select
import socket
import struct
import sys
import tempfile
import threading
import time


class Case:
    def __init__(self, steps, directory):
        self.steps = steps
        self.directory = directory
        self.sockets = {}
        self.names = {}
        self.threads = {}
        self.results = []

    def run(self):
        try:
            for step in self.steps:
                self.results.append(self.attempt(step))
        finally:
            for each in self.sockets.values():
                each.close()

    def attempt(self, step):
        try:
            return getattr(self, "do_" + step[0])(*step[1:])
        except OSError as error:
            if error.errno is None:
                return {"error": str(error)}
            if error.errno == errno.EOPNOTSUPP:
                return {"error": "EOPNOTSUPP"}
            return {"error": errno.errorcode.get(error.errno, str(error.errno))}

    # ── addresses ──

    def address(self, given):
        kind = given[0]
        if kind in ("inet", "inet6"):
            return (given[1], given[2])
        if kind == "port":
            return (given[2], self.sockets[given[3]].getsockname()[1])
        if kind == "at":
            host, port = self.sockets[given[1]].getsockname()[:2]
            return ({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port)
        if kind == "abstract":
            return "\0" + os.path.basename(self.directory) + given[1]
        return os.path.join(self.directory, given[1]) if given[1] else ""

    def shown(self, address):
        if address is None or address == "" or address == b"":
            return "none"
        if isinstance(address, tuple):
            host, port = address[:2]
            form = "[%s]:%s" if ":" in host else "%s:%s"
            return form % (host, self.names.get(port, "?") if port else 0)
        if isinstance(address, bytes):
            prefix = ("\0" + os.path.basename(self.directory)).encode()
            if address.startswith(prefix):
                return "abstract:" + address[len(prefix):].decode()
            return "autobound:%d" % len(address)
        return "unix:" + os.path.basename(address)

    def note(self, name):
        one = self.sockets[name]
        if one.family in (socket.AF_INET, socket.AF_INET6):
            port = one.getsockname()[1]
            if port:
                self.names.setdefault(port, name)

    # ── calls ──

    def do_socket(self, name, family, style, protocol):
        self.sockets[name] = socket.socket(family, style, protocol)

    def do_pair(self, left, right, family, style):
        self.sockets[left], self.sockets[right] = socket.socketpair(family, style)

    def do_bind(self, name, address):
        if self.is_foreign(name, address):
            return self.by_libc("bind", name, address)
        self.sockets[name].bind(self.address(address))
        self.note(name)

    def do_listen(self, name, backlog):
        self.sockets[name].listen(backlog)
        self.note(name)

    def do_connect(self, name, address):
        if self.is_foreign(name, address):
            return self.by_libc("connect", name, address)
        try:
            self.sockets[name].connect(self.address(address))
        finally:
            if self.sockets[name].fileno() >= 0:
                self.note(name)

    def is_foreign(self, name, address):
        """Whether Python would not take the address for the socket's family, though the kernel has an answer."""
        kind = address[0] if address[0] != "port" else address[1]
        families = {"inet": socket.AF_INET, "inet6": socket.AF_INET6, "unspec": None}
        family = families.get(kind, socket.AF_UNIX) if kind != "at" else self.sockets[address[1]].family
        return family != self.sockets[name].family

    def by_libc(self, call, name, address, *before):
        """A call of libc's whose last arguments are an address that Python would not take for the socket."""
        import ctypes

        kind = address[0]
        if kind == "unspec":
            packed = struct.pack("H14x", 0)
        elif kind in ("inet", "port", "at", "inet6"):
            host, port = self.address(address)[:2]
            if ":" in host:
                packed = struct.pack("!2xH4x16sI", port, socket.inet_pton(socket.AF_INET6, host), 0)
                packed = struct.pack("H", socket.AF_INET6) + packed[2:]
            else:
                packed = struct.pack("H", socket.AF_INET) + struct.pack("!H4s8x", port, socket.inet_aton(host))
        else:
            packed = struct.pack("H108s", socket.AF_UNIX, os.fsencode(self.address(address)))
        libc = ctypes.CDLL(None, use_errno=True)
        result = getattr(libc, call)(self.sockets[name].fileno(), *before, packed, len(packed))
        if result < 0:
            raise OSError(ctypes.get_errno(), call)
        return result if before else None

    def do_accept(self, name, made):
        accepted, address = self.sockets[name].accept()
        self.sockets[made] = accepted
        return self.shown(address)

    def do_send(self, name, message, flags):
        return self.sockets[name].send(message.encode(), flags)

    def do_sendmany(self, name, octets, flags):
        return self.sockets[name].send(b"x" * octets, flags)

    def do_fill(self, name, octets):
        """Sends without waiting until nothing more is taken."""
        sent = 0
        try:
            while True:
                sent += self.sockets[name].send(b"x" * octets, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return "full" if sent > 0 else "nothing"

    def do_stuff(self, name, octets):
        """Sends without waiting until also after a while nothing more is taken, not one octet."""
        one = self.sockets[name]
        quiet = 0
        while quiet < 3:
            before = quiet
            for size in (octets, 1) if octets > 0 else (1000,):
                try:
                    while True:
                        one.send(b"x" * size, socket.MSG_DONTWAIT)
                        quiet = -1
                except BlockingIOError:
                    pass
            quiet += 1
            time.sleep(0.06)

    def do_drain(self, name):
        """Receives until nothing is left: how it ended."""
        while True:
            if not self.sockets[name].recv(65536, socket.MSG_DONTWAIT):
                return "end"

    def do_sendto(self, name, message, address, flags):
        if self.is_foreign(name, address):
            return self.by_libc("sendto", name, address, message.encode(), len(message), flags)
        count = self.sockets[name].sendto(message.encode(), flags, self.address(address))
        self.note(name)
        return count

    def do_recv(self, name, octets, flags):
        if octets == 0:  # of which Python does not ask the kernel
            return self.sockets[name].recvmsg(0, 0, flags)[0].decode()
        return self.sockets[name].recv(octets, flags).decode()

    def do_recvcount(self, name, octets, flags):
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        result = libc.recv(self.sockets[name].fileno(), bytes(octets), octets, flags)
        if result < 0:
            raise OSError(ctypes.get_errno(), "recv")
        return result

    def do_recvfrom(self, name, octets, flags):
        data, address = self.sockets[name].recvfrom(octets, flags)
        return [data.decode(), self.shown(address)]

    def do_sendcontrol(self, name, message, address, control, flags):
        """One datagram with control data: a list of level, type, and octets in hexadecimal or an integer."""
        given = [(level, kind, bytes.fromhex(data["hex"]) if isinstance(data, dict) else struct.pack("i", data))
                 for level, kind, data in control]
        to = self.address(address)
        count = self.sockets[name].sendmsg([message.encode()], given, flags, *([to] if to else []))
        self.note(name)
        return count

    def do_recvcontrol(self, name, octets):
        """What came, and its control data."""
        data, control, _, _ = self.sockets[name].recvmsg(octets, 1024, socket.MSG_DONTWAIT)
        return [data.decode(), [[level, kind, value.hex()] for level, kind, value in control]]

    def do_recvmsg(self, name, octets, flags):
        data, _, given, address = self.sockets[name].recvmsg(octets, 0, flags)
        # The control data that no room was given for are not the subject.
        return [data.decode(), given & ~(socket.MSG_CMSG_CLOEXEC | socket.MSG_CTRUNC), self.shown(address)]

    def do_sendbufs(self, name, count):
        return self.sockets[name].sendmsg([b"x"] * count)

    def do_recvbufs(self, name, count):
        return self.sockets[name].recvmsg_into([bytearray(1) for _ in range(count)])[0]

    def do_sendfd(self, name, message, passed):
        rights = array.array("i", [self.sockets[passed].fileno()])
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)]
        return self.sockets[name].sendmsg([message.encode()], control)

    def do_recvfd(self, name, octets, made):
        data, control, flags, _ = self.sockets[name].recvmsg(octets, socket.CMSG_SPACE(4))
        for _, _, rights in control:
            (number,) = struct.unpack("i", rights[:4])
            self.sockets[made] = socket.socket(fileno=number)
        return [data.decode(), len(control)]

    def do_shutdown(self, name, how):
        self.sockets[name].shutdown(how)

    def do_close(self, name):
        self.sockets[name].close()

    def do_dup(self, name, made):
        self.sockets[made] = self.sockets[name].dup()

    def do_sockname(self, name):
        return self.shown(self.sockets[name].getsockname())

    def do_peername(self, name):
        return self.shown(self.sockets[name].getpeername())

    def do_setopt(self, name, level, option, value):
        if isinstance(value, list):
            form = "ll" if option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO) else "ii"
            value = struct.pack(form, *value)
        if isinstance(value, dict):
            value = bytes.fromhex(value["hex"])
        if isinstance(value, str):
            value = value.encode()
        self.sockets[name].setsockopt(level, option, value)

    def do_getopt(self, name, level, option, kind):
        one = self.sockets[name]
        if kind == "pair":
            return list(struct.unpack("ii", one.getsockopt(level, option, 8)))
        if kind == "time":
            return list(struct.unpack("ll", one.getsockopt(level, option, 16)))
        if kind == "text":
            return one.getsockopt(level, option, 16).split(b"\0")[0].decode()
        if kind == "octets":
            return one.getsockopt(level, option, 256).hex()
        if kind == "length":
            return len(one.getsockopt(level, option, 256))
        if kind == "exists":
            one.getsockopt(level, option, 8)
            return "yes"
        return one.getsockopt(level, option)

    def do_nonblock(self, name):
        self.sockets[name].setblocking(False)

    def do_poll(self, name, events, timeout):
        poller = select.poll()
        poller.register(self.sockets[name].fileno(), events)
        ready = poller.poll(timeout)
        return ready[0][1] if ready else 0

    def do_select(self, name, timeout):
        one = [self.sockets[name]]
        return [len(each) for each in select.select(one, one, one, timeout / 1000)]

    def do_readable(self, name):
        import fcntl
        import termios

        return struct.unpack("i", fcntl.ioctl(self.sockets[name], termios.FIONREAD, b"\0" * 4))[0]

    def do_atmark(self, name):
        import fcntl

        return struct.unpack("i", fcntl.ioctl(self.sockets[name], 0x8905, b"\0" * 4))[0]

    def do_outq(self, name):
        import fcntl

        return struct.unpack("i", fcntl.ioctl(self.sockets[name], 0x5411, b"\0" * 4))[0]

    def do_unlink(self, path):
        os.unlink(os.path.join(self.directory, path))

    def do_settle(self, milliseconds):
        time.sleep(milliseconds / 1000)

    # ── calls that wait in the background ──

    def do_spawn(self, name, step):
        outcome = []
        thread = threading.Thread(target=lambda: outcome.append(self.attempt(step)), daemon=True)
        thread.start()
        self.threads[name] = (thread, outcome)
        while thread.is_alive() and not in_a_call(thread):
            time.sleep(0.001)

    def do_waits(self, name):
        return self.threads[name][0].is_alive()

    def do_outcome(self, name):
        """How a call in the background has ended, or that it still waits."""
        thread, outcome = self.threads[name]
        thread.join(0.4)
        return outcome[0] if outcome else "waits"

    def do_epoll(self, name, socket_name, events, edge):
        self.epolls = getattr(self, "epolls", {})
        self.epolls.setdefault(name, select.epoll()).register(
            self.sockets[socket_name].fileno(), events | (select.EPOLLET if edge else 0)
        )

    def do_epollwait(self, name, timeout):
        return sorted(mask for _, mask in self.epolls[name].poll(timeout if timeout < 0 else timeout / 1000))

    def do_join(self, name):
        thread, outcome = self.threads[name]
        thread.join(8)
        return outcome[0] if outcome else {"error": "HANGS"}


FUTEX = "202"


def in_a_call(thread):
    """Whether the thread waits in a system call, and not merely for Python's lock: however busy the machine is."""
    try:
        with open(f"/proc/self/task/{thread.native_id}/syscall") as now:
            call = now.read().split()[0]
    except OSError:
        return False
    return call not in ("running", "-1", FUTEX)


def main():
    cases = json.load(sys.stdin)
    results = [None] * len(cases)
    pending = list(range(len(cases)))
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                if not pending:
                    return
                index = pending.pop(0)
            with tempfile.TemporaryDirectory(prefix="diff") as directory:
                case = Case(cases[index], directory)
                runner = threading.Thread(target=case.run, daemon=True)
                runner.start()
                runner.join(10)
                if runner.is_alive():
                    case.results.append({"error": "HANGS"})
                results[index] = case.results

    workers = [threading.Thread(target=work) for _ in range(16)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    json.dump(results, sys.stdout)
    sys.stdout.flush()
    os._exit(0)


main()
