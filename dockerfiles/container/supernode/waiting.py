"""Lets the SuperNode wait for messages where they appear (common/patience.py): at the SuperLink, and between its own
threads; and answer its SuperExec in the same way."""
from threading import RLock

from flower_1_22 import unknown
from patience import Asking, News, Time, hold, tells, unwatched, whole

MODULES = (
    "flwr.client.grpc_rere_client.connection",
    "flwr.common.inflatable_utils",
    "flwr.supercore.object_store.in_memory_object_store",
    "flwr.supernode.nodestate.in_memory_nodestate",
    "flwr.supernode.servicer.clientappio.clientappio_servicer",
    "flwr.supernode.start_client_internal",
)
# start_client_internal sleeps 3 s when the SuperLink had no message, and 0.5 s while its own SuperExec works on one.
LONG_SLEEP = 1


def wait_patiently() -> str | None:
    """Change Flower so; gives why it was left as it is, if it was."""
    if reason := unknown(*MODULES):
        return reason
    from flwr.client.grpc_rere_client import connection
    from flwr.supercore.object_store.in_memory_object_store import InMemoryObjectStore
    from flwr.supernode import start_client_internal
    from flwr.supernode.nodestate.in_memory_nodestate import InMemoryNodeState
    from flwr.supernode.servicer.clientappio.clientappio_servicer import ClientAppIoServicer

    from pulling import retry_soon

    retry_soon()
    news = News()
    tells(news, InMemoryNodeState, "store_message", "delete_token")
    tells(news, InMemoryObjectStore, "put")
    messages = RLock()
    whole(messages, ClientAppIoServicer, "PushMessage")
    whole(messages, InMemoryNodeState, "get_messages")
    hold(news, ClientAppIoServicer, "ListAppsToLaunch", lambda _, response: not response.run_ids)
    asking = Asking(lambda response: not response.messages_list)
    connection.create_channel = unwatched(connection.create_channel)
    connection.FleetStub = asking.stub(connection.FleetStub, "PullMessages")
    start_client_internal.time = Time(_sleep(asking, news))
    return None


def _sleep(asking: Asking, news: News):
    seen = 0

    def sleep(seconds: float) -> None:
        # Flower looks, sleeps and looks again; what came in between ends the sleep at once.
        nonlocal seen
        if seconds >= LONG_SLEEP:
            asking.nap(seconds)
        else:
            news.wait(seen, seconds)
            seen = news.count

    return sleep
