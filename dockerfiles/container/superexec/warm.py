"""A process that has imported Flower and the apps' libraries, and forks a fresh one for each task: importing them takes
longer than most tasks (Flower's app runtime 0.5 s, scikit-learn's linear models 1.4 s on 2 cores).

It is forked before the SuperExec opens any gRPC channel, since gRPC does not survive a fork with open ones, and never
runs a task itself, so that nothing of one reaches the next. It tells the SuperExec of every task that ends. It ends
when the SuperExec does, and its tasks then end by themselves (Flower's own --parent-pid)."""
import ctypes
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable

PR_SET_NAME = 15
MESSAGE_BYTES = 65536


class Warm:
    """The SuperExec's side. `on_end` gets each task's own number and its wait status (os.wait) when it has ended,
    `on_word` what a task said while it ran, and `on_lost` why there is no warm process any more."""

    def __init__(self, preload: list[str], tasks: dict[str, Callable[[], None]]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _Forker(theirs, preload, tasks).serve()
        theirs.close()
        self._socket = ours
        self._alive = True

    def listen(self, on_end, on_word, on_lost) -> None:
        """Pass on what comes from there, in a thread of its own. Not before the last fork of this process."""
        threading.Thread(target=self._listen, args=(on_end, on_word, on_lost), daemon=True).start()

    def launch(self, task: int, command: str, arguments: list[str]) -> bool:
        """Have `command` run in a fresh process; whether there is a warm process to do so."""
        try:
            if self._alive:
                self._socket.send(json.dumps({"task": task, "command": command, "arguments": arguments}).encode())
        except OSError:
            self._alive = False
        return self._alive

    def _listen(self, on_end, on_word, on_lost) -> None:
        # Not the end of the stream: tasks hold it open as well, and they end only when their parent is gone and reaped.
        death = os.pidfd_open(self.pid)
        reason, dead = "it was ended", False
        while not dead:
            dead = death in select.select([self._socket, death], [], [])[0]
            while data := _receive(self._socket, socket.MSG_DONTWAIT):
                message = json.loads(data)
                if "status" in message:
                    on_end(message["task"], message["status"])
                elif "word" in message:
                    on_word(message["task"], message["word"])
                else:
                    reason = message["lost"]
        self._alive = False
        os.waitpid(self.pid, 0)
        on_lost(reason)


class _Forker:
    """The warm process."""

    def __init__(self, link: socket.socket, preload: list[str], tasks: dict[str, Callable[[], None]]) -> None:
        self._link, self._preload, self._tasks = link, preload, tasks
        self._running: dict[int, int] = {}

    def serve(self) -> None:
        """Fork for each task until the SuperExec is gone; does not return."""
        _name("warm")
        # A signal to end is for the SuperExec; this process sees that it is gone.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._import()
        awake, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while True:
            ready, _, _ = select.select([self._link, awake], [], [])
            if awake in ready:
                os.read(awake, 4096)
                self._reap()
            if self._link in ready:
                data = _receive(self._link)
                if not data:
                    os._exit(0)
                self._fork(json.loads(data), (awake, wake))

    def _import(self) -> None:
        for module in self._preload:
            try:
                importlib.import_module(module)
            except BaseException as failure:
                self._send(lost=f"{module} cannot be imported: {type(failure).__name__}: {failure}")
                os._exit(1)
        # What is there already is never collected, so that a task's collector does not copy these pages.
        gc.collect()
        gc.freeze()

    def _fork(self, order: dict, pipe: tuple[int, int]) -> None:
        pid = os.fork()
        if pid:
            self._running[pid] = order["task"]
            return
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
        for descriptor in pipe:
            os.close(descriptor)
        _name(order["command"])
        _seed_anew()
        sys.argv = [order["command"], *order["arguments"], "--parent-pid", str(os.getppid())]
        global say
        say = lambda word: self._send(task=order["task"], word=word)
        self._tasks[order["command"]]()
        # As the command itself would end: with Python's own farewell to threads, files and exit handlers.
        sys.exit(0)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._running:
                self._send(task=self._running.pop(pid), status=status)

    def _send(self, **message) -> None:
        try:
            self._link.send(json.dumps(message).encode())
        except OSError:
            # The SuperExec is gone, and with it whoever wanted to know.
            pass


def say(word: object) -> None:
    """In a task: tell the SuperExec something about it. Elsewhere nobody listens."""


def _receive(link: socket.socket, flags: int = 0) -> bytes:
    try:
        return link.recv(MESSAGE_BYTES, flags)
    except OSError:
        return b""


def _seed_anew() -> None:
    # A fork has its parent's generators in the state in which they were seeded: the tasks' draws would be one and the same.
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if torch := sys.modules.get("torch"):
        torch.seed()


def _name(name: str) -> None:
    # For `docker top`; /proc/PID/comm keeps 15 letters.
    ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)
