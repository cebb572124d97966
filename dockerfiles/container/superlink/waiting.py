"""Lets the SuperLink answer patient callers as soon as there is work for them (common/patience.py)."""
from threading import RLock

from flower_1_22 import unknown
from patience import News, hold, tells, whole
from whole_replies import Announced

MODULES = (
    "flwr.server.superlink.fleet.grpc_rere.fleet_servicer",
    "flwr.server.superlink.serverappio.serverappio_servicer",
    "flwr.server.superlink.linkstate.sqlite_linkstate",
)


def answer_patiently() -> str | None:
    """Change Flower so; gives why it was left as it is, if it was."""
    if reason := unknown(*MODULES):
        return reason
    from flwr.server.superlink.fleet.grpc_rere.fleet_servicer import FleetServicer
    from flwr.server.superlink.linkstate.sqlite_linkstate import SqliteLinkState
    from flwr.server.superlink.serverappio.serverappio_servicer import ServerAppIoServicer

    news = News()
    tells(news, SqliteLinkState, "store_message_ins", "store_message_res", "create_run", "update_run_status")
    tells(news, Announced, "complete")
    messages = RLock()
    for servicer in (FleetServicer, ServerAppIoServicer):
        whole(messages, servicer, "PushMessages", "PullMessages")
    hold(news, FleetServicer, "PullMessages", lambda _, response: not response.messages_list)
    # A strategy that has nothing evaluated asks for the replies to no messages at all; that a SuperNode has gone silent
    # comes by the clock, and is seen as soon as Flower would see it, which sleeps 3 s.
    hold(news, ServerAppIoServicer, "PullMessages", lambda request, response: request.message_ids and not response.messages_list, 3)
    hold(news, ServerAppIoServicer, "ListAppsToLaunch", lambda _, response: not response.run_ids)
    return None
