"""The start-up protocol of MPICH (PMI-1), served: processes that no ``mpiexec`` started become one
job.

The protocol is lines of text over TCP: each process puts its address under a key, all wait, each
gets the others'. A second connection of each process, its *watch*, ends it when another is lost:
:func:`watch` holds it. The file runs by itself (``python pmi.py HOST PORT SIZE``), from the
standard library alone.

Whoever reaches the port can end the job, as with PyTorch's store: the network is to be trusted.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
import threading
import time
from typing import Any

SERVED = "WENGERT_PMI_SERVED"
"""Set where the launcher is the server."""
_LOST = 1


class Server:
    """Answers ``size`` processes at an address. ``failed`` is the exit code of the first that
    aborted or was lost."""

    def __init__(self, host: str, port: int, size: int) -> None:
        self.size = size
        self.name = f"wengert_{secrets.token_hex(8)}"   # MPI names shared memory after it
        self.socket = socket.create_server((host, port), backlog=4 * size)
        self.failed: int | None = None
        self.finished = threading.Event()
        self._values: dict[str, str] = {"PMI_process_mapping": ""}
        self.joined: set[int] = set()
        """The ranks that have come so far."""
        self._barrier = threading.Barrier(size)
        self._left = size
        self._watches: list[socket.socket] = []
        self._lock = threading.Lock()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.socket.getsockname()[1])

    def start(self) -> None:
        """Answer from now on, in threads."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Answer no more."""
        self.socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        stream = connection.makefile("rw", newline="\n")
        begun = ended = False
        with contextlib.suppress(OSError, threading.BrokenBarrierError):
            for line in stream:
                fields = dict(part.split("=", 1) for part in line.split() if "=" in part)
                command = fields.get("cmd", "")
                if command == "watch":
                    self._watches.append(connection)
                    continue
                begun = begun or command == "init"
                for answer in self._answers(command, fields, line):
                    stream.write(f"{answer}\n")
                stream.flush()
                if command == "finalize":
                    ended = True
                    break
        connection.close()
        if begun and not ended:
            self._lose(_LOST)
        elif ended:
            self._end_one()

    def _answers(self, command: str, fields: dict[str, str], line: str) -> list[str]:
        match command:
            case "initack":
                self.joined.add(int(fields["pmiid"]))
                return ["cmd=initack rc=0", f"cmd=set size={self.size}",
                        f"cmd=set rank={int(fields['pmiid'])}", "cmd=set debug=0"]
            case "init":
                return ["cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0"]
            case "get_maxes":
                return ["cmd=maxes rc=0 kvsname_max=256 keylen_max=64 vallen_max=4096"]
            case "get_appnum":
                return ["cmd=appnum rc=0 appnum=0"]
            case "get_my_kvsname":
                return [f"cmd=my_kvsname rc=0 kvsname={self.name}"]
            case "get_universe_size":
                return [f"cmd=universe_size rc=0 size={self.size}"]
            case "put":
                self._values[fields["key"]] = line.rstrip("\n").split("value=", 1)[1]
                return ["cmd=put_result rc=0 msg=success"]
            case "get":
                found = self._values.get(fields["key"])
                return ["cmd=get_result rc=-1 msg=key_not_found value=unknown" if not found else
                        f"cmd=get_result rc=0 msg=success value={found}"]
            case "barrier_in":
                self._barrier.wait()
                return ["cmd=barrier_out rc=0"]
            case "finalize":
                return ["cmd=finalize_ack rc=0"]
            case "abort":
                self._lose(int(fields.get("exitcode", _LOST)) or _LOST)
                return []
        return [f"cmd={command} rc=-1 msg=unknown"]

    def _lose(self, code: int) -> None:
        """A process was lost: end the others."""
        with self._lock:
            if self.failed is not None:
                return
            self.failed = code
        self._tell(f"end {code}\n")

    def _end_one(self) -> None:
        with self._lock:
            self._left -= 1
            last = not self._left
        if last and self.failed is None:
            self._tell("done\n")

    def _tell(self, text: str) -> None:
        for watch in self._watches:
            with contextlib.suppress(OSError):
                watch.sendall(text.encode())
        self._barrier.abort()
        self.finished.set()


class _Watched:
    """The connection of this process's watch."""

    connection: socket.socket | None = None


def watch(host: str, port: int) -> None:
    """End this process when the server says that another was lost."""
    connection = _Watched.connection = socket.create_connection((host, port))
    connection.sendall(b"cmd=watch\n")
    threading.Thread(target=_listen, args=(connection,), daemon=True).start()


def is_watched() -> bool:
    """Whether this process has a watch."""
    return _Watched.connection is not None


def abort(code: int) -> None:
    """End this process with the exit code, and with it the job, if a server watches over it, or if
    ``mpiexec`` does and MPI has not begun."""
    text = f"cmd=abort exitcode={code}\n".encode()
    if _Watched.connection is not None:
        with contextlib.suppress(OSError):
            _Watched.connection.sendall(text)
        os._exit(code)
    if "PMI_FD" in os.environ:
        with contextlib.suppress(OSError):
            os.write(int(os.environ["PMI_FD"]), text)


GRACE = 0.7
"""Seconds in which a process may say what it saw before it is ended, since it saw it too."""


def _listen(connection: Any) -> None:
    text = b""
    with contextlib.suppress(OSError):
        text = connection.recv(64)
    if text.startswith(b"done"):
        return
    time.sleep(GRACE)
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(int(text.split()[1]) if text else _LOST)


def main() -> None:
    """Serve until all have left, and say on stdout when to begin."""
    host, port, size = sys.argv[1:4]
    try:
        server = Server(host, int(port), int(size))
    except OSError as error:
        print(f"{host}:{port}: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    server.start()
    print("listening", flush=True)
    parent = os.getppid()
    while not server.finished.wait(1.0):
        if os.getppid() != parent:   # process 0 has ended, and with it the job
            server._lose(_LOST)
    time.sleep(GRACE)


if __name__ == "__main__":
    main()
