"""The two verdicts, and what follows from them.

Own fault: this container's Flower or stunnel is dead, stopped or does not answer. When that stays so, the container
ends itself, and `restart: always` brings it back. A peer's fault: unhealthy with the reason, but never an end, so
that one failure does not become six."""
import os
import signal
import time

FAILURES = "/tmp/own-faults"
HEALTHY_ONCE = "/tmp/healthy-once"
STARTED = "/tmp/started"
# Own faults in a row until the container ends itself: 3 checks at 10 s are 30 s, longer than any pause of a healthy one.
TOLERATED = 3
# Until the first good check Flower may still be importing: that took 2 s idle, 20 s on a machine at its limit.
START_SECONDS = 120


class OwnFault(Exception):
    """Something in this container does not work; `certain` where no later check can find otherwise."""

    def __init__(self, reason: str, certain: bool = False) -> None:
        super().__init__(reason)
        self.certain = certain


class CertificateFault(Exception):
    """This container serves a certificate that does not hold (expired, say): a restart would serve the same one, and
    connections that live would be cut for nothing."""

    title = "certificate"


class PeerFault(Exception):
    """Something that this container depends on does not work."""

    title = "peer's fault"


class NetworkFault(Exception):
    """Docker has taken this container out of a network that it listens on: after a restart it could not even begin to
    listen there, and all its other networks would be without it meanwhile. Given back, the network is as it was."""

    title = "network"


class VolumeFault(Exception):
    """There is no room where this container must write: a restart would make none, and it goes on by itself when there is."""


def healthy() -> None:
    """Note a good check: own faults are counted anew."""
    _write(HEALTHY_ONCE, "")
    if os.path.exists(FAILURES):
        os.unlink(FAILURES)


def own_fault(reason: str, certain: bool = False) -> None:
    """Count one more own fault in a row; end the container when there are too many, or at once when it is certain."""
    count = max(_count() + 1, TOLERATED if certain else 0)
    _write(FAILURES, str(count))
    starting = not certain and not os.path.exists(HEALTHY_ONCE) and _age() < START_SECONDS
    if starting or count < TOLERATED:
        return
    failed = "" if certain else f" after {count} failed checks"
    _tell(f"health: ending this container{failed}: {reason}")
    if count == TOLERATED:
        _end(signal.SIGTERM)
    else:
        # The orderly way of the check before did not work: the entrypoint itself must be stopped or stuck.
        _end(signal.SIGKILL)


def _end(number: signal.Signals) -> None:
    # PID 1 is docker-init and takes no SIGKILL from inside; it ends when its only child, the entrypoint, has.
    # SIGTERM to the entrypoint lets a SuperNode say goodbye; SIGKILL goes to every process but PID 1.
    if number is signal.SIGKILL:
        os.kill(1, signal.SIGCONT)
        os.kill(-1, signal.SIGKILL)
        return
    os.kill(_entrypoint(), number)


def _entrypoint() -> int:
    with open("/proc/1/task/1/children") as children:
        return int(children.read().split()[0])


def _tell(text: str) -> None:
    # /tmp is gone after the restart; the container's log is not, and check-status reads the reason there.
    with open("/proc/1/fd/2", "w") as log:
        log.write(text + "\n")


def _count() -> int:
    try:
        with open(FAILURES) as file:
            return int(file.read() or 0)
    except FileNotFoundError:
        return 0


def _age() -> float:
    try:
        return time.time() - os.stat(STARTED).st_mtime
    except FileNotFoundError:
        return 0.0


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)
