"""Heartbeats that go on, or that end their SuperNode. In Flower 1.22.0 the thread that sends them ends for ever at the
first error that is none of the connection's: the SuperNode goes on asking for work, and is offline all the same."""
import os
import signal

import grpc
from flwr.common import heartbeat

# As long as the entrypoint gives Flower to say goodbye (STOP_SECONDS there).
GOODBYE_SECONDS = 15


def guard_heartbeats(tell) -> None:
    """Have a heartbeat that fails because the SuperLink cannot write its state tried again, at growing intervals of at
    most 20 s (common/heartbeat.py), and have the SuperNode end itself at any other error: its session is gone, and the
    container's restart brings it a new one. `tell` is given the reason before that."""
    begin = heartbeat.HeartbeatSender.__init__

    def begin_guarded(self, heartbeat_fn):
        def send() -> bool:
            try:
                return heartbeat_fn()
            except grpc.RpcError as failure:
                # What gRPC says when the function behind a method raises.
                if failure.code() is grpc.StatusCode.UNKNOWN:
                    return False
                tell(failure.details() or failure.code().name)
            except Exception as failure:
                tell(str(failure))
            _end(self)
            return True

        begin(self, send)

    heartbeat.HeartbeatSender.__init__ = begin_guarded


def _end(sender: heartbeat.HeartbeatSender) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    # This thread lives until Flower stops it: Flower says no goodbye when its heartbeats have ended before.
    if not sender._stop_event.wait(GOODBYE_SECONDS):
        os._exit(1)
