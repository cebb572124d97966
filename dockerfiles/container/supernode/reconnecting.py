"""Tries to reach a SuperLink that was away again every few seconds. gRPC waits up to 120 s between two attempts
(doc/connection-backoff.md), and Flower 1.22.0 up to 20 s more (common/retry_invoker.py): after an hour's cut a SuperNode
would come back minutes late, and runs would go on without it."""
import grpc
from flwr.common import retry_invoker

# Longer than an attempt takes where the SuperLink answers; a SuperNode that waits costs nothing that could be measured.
MOST_SECONDS = 5


def reconnect_soon() -> None:
    """Have all channels that are opened from now on, and Flower's own retries, wait no longer than that."""
    if not hasattr(retry_invoker, "MAX_RETRY_DELAY"):
        raise SystemExit("launch-supernode: flwr.common.retry_invoker has no MAX_RETRY_DELAY: this is not Flower 1.22.0")
    retry_invoker.MAX_RETRY_DELAY = MOST_SECONDS
    open_channel = grpc.secure_channel

    def secure_channel(target, credentials, options=None, compression=None):
        return open_channel(target, credentials, [*(options or ()), ("grpc.max_reconnect_backoff_ms", MOST_SECONDS * 1000)], compression)

    grpc.secure_channel = secure_channel
