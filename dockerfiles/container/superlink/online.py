"""Since when each SuperNode is online: Flower 1.22.0's state knows only until when (table node, online_until)."""
import json
import time
from pathlib import Path

from flower_1_22 import unknown

MODULES = ("flwr.server.superlink.linkstate.sqlite_linkstate",)
# In memory, as long as this SuperLink's life: after a restart it is since when a SuperNode found it again.
SINCE = Path("/tmp/online-since.json")
# A SuperNode that comes back within this time keeps its session, if it has one.
FORGOTTEN_AFTER = 3600.0


def note_since() -> str | None:
    """Keep SINCE (JSON: node id to seconds since 1970) up to date; gives why not, if so."""
    if reason := unknown(*MODULES):
        return reason
    from flwr.server.superlink.linkstate import sqlite_linkstate

    patience = sqlite_linkstate.HEARTBEAT_PATIENCE
    state = sqlite_linkstate.SqliteLinkState
    create, acknowledge = state.create_node, state.acknowledge_node_heartbeat
    nodes: dict[int, tuple[float, float]] = {}

    def heard(node_id: int, seconds: float) -> None:
        now = time.time()
        since, until = nodes.get(node_id, (now, 0.0))
        nodes[node_id] = (since if until > now else now, now + seconds)
        if until <= now:
            for gone in [each for each, (_, end) in nodes.items() if end < now - FORGOTTEN_AFTER]:
                del nodes[gone]
            beside = SINCE.with_suffix(".new")
            beside.write_text(json.dumps({str(each): begun for each, (begun, _) in nodes.items()}))
            beside.replace(SINCE)

    def create_node(self, heartbeat_interval):
        node_id = create(self, heartbeat_interval)
        heard(node_id, heartbeat_interval)
        return node_id

    def acknowledge_node_heartbeat(self, node_id, heartbeat_interval):
        known = acknowledge(self, node_id, heartbeat_interval)
        if known:
            heard(node_id, patience * heartbeat_interval)
        return known

    state.create_node, state.acknowledge_node_heartbeat = create_node, acknowledge_node_heartbeat
    return None
