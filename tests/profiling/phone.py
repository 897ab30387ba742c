"""A stand-in for an Android device: answers ADB's transport protocol over TCP.

The real `adb` connects to it. It speaks what the protocol's documentation describes: 24-byte
message headers, CNXN and AUTH, OPEN / OKAY / WRTE / CLSE streams, the shell v2 packets and the
sync service. Its shell knows the few commands that the profiler uses, on a dictionary of files.
"""

from __future__ import annotations

import re
import shlex
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

A_CNXN, A_AUTH, A_OPEN, A_OKAY, A_CLSE, A_WRTE = (
    struct.unpack("<I", name)[0] for name in (b"CNXN", b"AUTH", b"OPEN", b"OKAY", b"CLSE", b"WRTE")
)
VERSION, MAX_DATA = 0x01000001, 256 * 1024
BANNER = b"device::ro.product.name=standin;ro.product.model=Stand_in;features=shell_v2,cmd"


@dataclass
class Phone:
    """The device's state, and how it misbehaves.

    Attributes
    ----------
    files : dict
        Path to content.
    apps : set
        Installed packages.
    free_kib : int
        What `df` says.
    full : bool
        Whether writing fails for want of space all the same.
    authorised : bool
        Whether its owner accepts this computer.
    app : callable, optional
        What the app does when it is started: told its extras, it returns files, by path.
    running : bool
        Whether the app's process is there.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    apps: set[str] = field(default_factory=set)
    free_kib: int = 10**6
    full: bool = False
    authorised: bool = True
    app: Callable[[dict[str, str]], dict[str, bytes]] | None = None
    running: bool = False
    commands: list[list[str]] = field(default_factory=list)

    def shell(self, line: str) -> tuple[str, str, int]:
        """Run a command line and return stdout, stderr and exit code."""
        words = shlex.split(line)
        self.commands.append(words)
        known = getattr(self, f"_{words[0]}", None)
        if known is None:
            return "", f"/system/bin/sh: {words[0]}: inaccessible or not found\n", 127
        return known(*words[1:])

    def _pm(self, verb: str, package: str) -> tuple[str, str, int]:
        there = verb == "path" and package in self.apps
        return (f"package:/data/app/{package}/base.apk\n", "", 0) if there else ("", "", 1)

    def _rm(self, *arguments: str) -> tuple[str, str, int]:
        for folder in arguments[1:]:
            self.files = {p: d for p, d in self.files.items() if not p.startswith(f"{folder}/")}
        return "", "", 0

    def _mkdir(self, *arguments: str) -> tuple[str, str, int]:
        return "", "", 0

    _chmod = _mkdir

    def _df(self, *arguments: str) -> tuple[str, str, int]:
        head = "Filesystem 1K-blocks Used Available Use% Mounted on\n"
        return f"{head}/dev/block/dm-5 9999999 1 {self.free_kib} 1% /data\n", "", 0

    def _cat(self, path: str) -> tuple[str, str, int]:
        if path in self.files:
            return self.files[path].decode(), "", 0
        return "", f"cat: {path}: No such file or directory\n", 1

    def _pidof(self, app: str) -> tuple[str, str, int]:
        return ("4711\n", "", 0) if self.running else ("", "", 1)

    def _am(self, verb: str, *arguments: str) -> tuple[str, str, int]:
        if verb == "force-stop":
            self.running = False
            return "", "", 0
        component = arguments[arguments.index("-n") + 1]
        if component.partition("/")[0] not in self.apps or self.app is None:
            return f"Error type 3\nError: Activity class {{{component}}} does not exist.\n", "", 0
        extras = {
            arguments[i + 1]: arguments[i + 2] for i, word in enumerate(arguments) if word == "--es"
        }
        self.running = True
        self.files |= self.app(extras)
        return "Starting: Intent { }\nStatus: ok\n", "", 0


class PhoneServer:
    """Serves one phone on a port of this machine."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=Transport(self.phone, connection).serve, daemon=True).start()


class Transport:
    """One connection of the adb server."""

    def __init__(self, phone: Phone, connection: socket.socket) -> None:
        self.phone = phone
        self.connection = connection
        self.streams: dict[int, Stream] = {}

    def serve(self) -> None:
        try:
            while True:
                command, one, two, data = self._receive()
                self._answer(command, one, two, data)
        except (ConnectionError, OSError):
            self.connection.close()

    def send(self, command: int, one: int, two: int, data: bytes = b"") -> None:
        check = sum(data) & 0xFFFFFFFF
        header = struct.pack("<6I", command, one, two, len(data), check, command ^ 0xFFFFFFFF)
        self.connection.sendall(header + data)

    def _receive(self) -> tuple[int, int, int, bytes]:
        command, one, two, length, _, _ = struct.unpack("<6I", self._exactly(24))
        return command, one, two, self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.connection.recv(count - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data

    def _answer(self, command: int, one: int, two: int, data: bytes) -> None:
        if command in (A_CNXN, A_AUTH):
            if self.phone.authorised:
                self.send(A_CNXN, VERSION, MAX_DATA, BANNER)
            else:
                # A token to sign; no signature and no key will ever please it.
                self.send(A_AUTH, 1, 0, b"\x07" * 20)
        elif command == A_OPEN:
            stream = Stream(self, one, data.rstrip(b"\0").decode())
            self.streams[stream.local] = stream
            self.send(A_OKAY, stream.local, stream.remote)
            stream.begin()
        elif command == A_WRTE and two in self.streams:
            self.send(A_OKAY, two, one)
            self.streams[two].feed(data)
        elif command == A_OKAY and two in self.streams:
            self.streams[two].sent()
        elif command == A_CLSE:
            self.streams.pop(two, None)


class Stream:
    """One service of a connection."""

    count = 0

    def __init__(self, transport: Transport, remote: int, service: str) -> None:
        Stream.count += 1
        self.transport, self.remote, self.local = transport, remote, Stream.count
        self.service = service
        self.queue: list[bytes] = []
        self.waiting = self.closing = False
        self.input = b""
        self.upload: tuple[str, bytes] | None = None

    def begin(self) -> None:
        if self.service.startswith("shell"):
            out, err, code = self.transport.phone.shell(self.service.partition(":")[2])
            for kind, text in ((1, out.encode()), (2, err.encode())):
                if text:
                    self.write(struct.pack("<BI", kind, len(text)) + text)
            self.write(struct.pack("<BIB", 3, 1, code))
            self.close()

    def feed(self, data: bytes) -> None:
        self.input += data
        while self.service == "sync:" and self._sync():
            pass

    def write(self, data: bytes) -> None:
        self.queue += [data[i : i + 65536] for i in range(0, len(data), 65536)]
        self._pump()

    def close(self) -> None:
        self.closing = True
        self._pump()

    def sent(self) -> None:
        self.waiting = False
        self._pump()

    def _pump(self) -> None:
        # A write must be acknowledged before the next.
        if self.waiting:
            return
        if self.queue:
            self.waiting = True
            self.transport.send(A_WRTE, self.local, self.remote, self.queue.pop(0))
        elif self.closing:
            self.closing = False
            self.transport.send(A_CLSE, self.local, self.remote)

    def _sync(self) -> bool:
        """Answer one request of the sync service; tell whether there was a whole one."""
        if len(self.input) < 8:
            return False
        name, size = self.input[:4], struct.unpack("<I", self.input[4:8])[0]
        body = 0 if name in (b"DONE", b"QUIT") else size
        if len(self.input) < 8 + body:
            return False
        data, self.input = self.input[8 : 8 + body], self.input[8 + body :]
        phone = self.transport.phone
        if name == b"STAT":
            self.write(b"STAT" + struct.pack("<3I", *self._stat(data.decode())))
        elif name == b"SEND":
            self.upload = re.sub(r",\d+$", "", data.decode()), b""
        elif name == b"DATA" and self.upload is not None:
            self.upload = self.upload[0], self.upload[1] + data
        elif name == b"DONE" and self.upload is not None:
            if phone.full:
                reason = b"write failed: No space left on device"
                self.write(b"FAIL" + struct.pack("<I", len(reason)) + reason)
            else:
                phone.files[self.upload[0]] = self.upload[1]
                self.write(b"OKAY" + struct.pack("<I", 0))
            self.upload = None
        elif name == b"RECV":
            content = phone.files.get(data.decode())
            if content is None:
                reason = b"open failed: No such file or directory"
                self.write(b"FAIL" + struct.pack("<I", len(reason)) + reason)
            else:
                for start in range(0, len(content), 65536):
                    part = content[start : start + 65536]
                    self.write(b"DATA" + struct.pack("<I", len(part)) + part)
                self.write(b"DONE" + struct.pack("<I", 0))
        elif name == b"QUIT":
            self.close()
            return False
        return True

    def _stat(self, path: str) -> tuple[int, int, int]:
        files = self.transport.phone.files
        if path in files:
            return 0o100644, len(files[path]), 1
        if any(known.startswith(f"{path}/") for known in files):
            return 0o040755, 0, 1
        return 0, 0, 0
