"""Says whom the SuperLink refuses on its Fleet port: Flower 1.22.0 tells only the refused. One line a refusal in
Flower's log, with the caller's address and the fingerprint of the key that it showed, as `ssh-keygen -l` prints it.

Of the same caller, key and reason one line in 30 s, which counts those since the last: whoever knocks all day must
not be able to push everything else out of a log that is rotated by size. A SuperNode whose clock is too far off is told
how far, once its key and signature were found good: "Invalid timestamp" names no cause."""
import base64
import datetime
import hashlib
import threading
import time
from collections import OrderedDict
from logging import WARNING

import grpc
from cryptography.hazmat.primitives import serialization
from flwr.common.constant import PUBLIC_KEY_HEADER, TIMESTAMP_HEADER
from flwr.common.logger import FLOWER_LOGGER
from flwr.server.superlink.fleet.grpc_rere.server_interceptor import AuthenticateServerInterceptor

QUIET_SECONDS = 30
# What Flower says to who is more than 5 s ahead of it or 305 s behind (grpc_rere/server_interceptor.py).
CLOCK = "Invalid timestamp"
# Callers remembered, the oldest forgotten first: a stranger may come with a new key each time.
REMEMBERED = 1000


class Tally:
    """Counts what is alike, and says when it is time for a line about it."""

    def __init__(self, clock=time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple, tuple[float, int]] = OrderedDict()

    def count(self, *what: str) -> int:
        """How many there were since the last line, this one included; 0 while it is too early for another line."""
        with self._lock:
            now = self._clock()
            last, count = self._seen.pop(what, (now - QUIET_SECONDS, 0))
            due = now - last >= QUIET_SECONDS
            self._seen[what] = (now, 0) if due else (last, count + 1)
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            return count + 1 if due else 0


def log_refusals() -> None:
    """Have each refused call logged. Ends the process when Flower's interceptor is not the one of 1.22.0."""
    intercept = vars(AuthenticateServerInterceptor).get("intercept_service")
    if intercept is None:
        raise SystemExit("launch-superlink: AuthenticateServerInterceptor has no intercept_service: this is not Flower 1.22.0")
    tally = Tally()

    def intercept_service(self, continuation, details):
        handler = intercept(self, continuation, details)
        # Calls of other services pass it by; streams do not exist in Fleet.
        if not details.method.startswith("/flwr.proto.Fleet/") or handler is None or handler.unary_unary is None:
            return handler

        def behaviour(request, context):
            try:
                return handler.unary_unary(request, context)
            except Exception:
                if context.code() is grpc.StatusCode.UNAUTHENTICATED:
                    _tell(tally, context)
                raise

        return grpc.unary_unary_rpc_method_handler(behaviour, handler.request_deserializer, handler.response_serializer)

    AuthenticateServerInterceptor.intercept_service = intercept_service


def _tell(tally: Tally, context: grpc.ServicerContext) -> None:
    caller = address(context.peer())
    key = fingerprint(dict(context.invocation_metadata()).get(PUBLIC_KEY_HEADER))
    reason = context.details().decode()
    count = tally.count(caller, key, reason)
    if reason == CLOCK:
        reason = f"{CLOCK}: {clock(dict(context.invocation_metadata())[TIMESTAMP_HEADER])}"
        # grpcio sends what the context has when the call has ended, also after abort().
        context.set_details(reason)
    if count:
        FLOWER_LOGGER.log(WARNING, "[Fleet] refused %s: %s (key %s)%s", caller, reason, key, f" x{count}" if count > 1 else "")


def clock(stamp: str) -> str:
    """How far the clock that wrote `stamp` (ISO 8601) is off, seen from here; the way of the call is within it."""
    ahead = (datetime.datetime.fromisoformat(stamp) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
    return f"its clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the SuperLink's"


def address(peer: str) -> str:
    """The host in gRPC's name of a peer: "ipv4:172.28.0.3:40000", or "ipv6:%5Bfd00::3%5D:40000"."""
    host = peer.partition(":")[2].rpartition(":")[0]
    return host.replace("%5B", "").replace("%5D", "").strip("[]")


def fingerprint(key: object) -> str:
    """SHA256:… of a public key (PEM, as SuperNodes send it); "none" without one, "unreadable" when it is none."""
    if key is None:
        return "none"
    try:
        public = serialization.load_pem_public_key(key)
        line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    except Exception:
        return "unreadable"
    digest = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
