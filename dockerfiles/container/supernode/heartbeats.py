"""Heartbeats that go on after an error of the SuperLink. In Flower 1.22.0 the thread that sends them ends for ever when
the SuperLink answers with an exception of its own, as it does while it cannot write its state: the SuperNode goes on
asking for work and is offline all the same."""
import grpc
from flwr.common import heartbeat


def outlive_errors() -> None:
    """Have such a heartbeat tried again, at growing intervals of at most 20 s (common/heartbeat.py)."""
    begin = heartbeat.HeartbeatSender.__init__

    def begin_patiently(self, heartbeat_fn):
        def send() -> bool:
            try:
                return heartbeat_fn()
            except grpc.RpcError as failure:
                # What gRPC says when the function behind a method raises.
                if failure.code() is not grpc.StatusCode.UNKNOWN:
                    raise
                return False

        begin(self, send)

    heartbeat.HeartbeatSender.__init__ = begin_patiently
