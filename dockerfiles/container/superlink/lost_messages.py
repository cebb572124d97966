"""A SuperNode that asks for work has none, since it does one thing at a time: whatever it was given and has not
answered is lost, as when the SuperLink ended while it spoke. Flower 1.22.0's ServerApps wait for such a message as long
as the SuperNode lives. Here it is given again, or, where its objects are gone, answered with an error."""
from logging import ERROR

from flower_1_22 import unknown
from flwr.common.logger import FLOWER_LOGGER
from replies import store_error
from whole_replies import ANNOUNCED

MODULES = (
    "flwr.server.superlink.fleet.grpc_rere.fleet_servicer",
    "flwr.server.superlink.linkstate.sqlite_linkstate",
    "flwr.supercore.object_store.in_memory_object_store",
)
UNANSWERED = """SELECT message_id FROM message_ins JOIN run USING (run_id)
    WHERE dst_node_id = ? AND delivered_at != '' AND finished_at = ''
    AND message_id NOT IN (SELECT reply_to_message_id FROM message_res)"""
OF_A_RUN = "SELECT message_ins.* FROM message_ins JOIN run USING (run_id) WHERE message_id = ? AND finished_at = ''"


def miss_nothing() -> str | None:
    """Change Flower so; gives why it was left as it is, if it was."""
    if reason := unknown(*MODULES):
        return reason
    from flwr.server.superlink.fleet.grpc_rere.fleet_servicer import FleetServicer
    from flwr.server.superlink.linkstate.utils import convert_uint64_to_sint64

    pull = FleetServicer.PullMessages

    def pull_again(self, request, context):
        state, store, node_id = self.state_factory.state(), self.objectstore_factory.store(), request.node.node_id
        for message_id in ANNOUNCED.by(node_id):
            ANNOUNCED.forget([message_id])
            state.query("DELETE FROM message_res WHERE reply_to_message_id = ?", (message_id,))
            answer(state, store, message_id, "its reply has come in part only")
        for row in state.query(UNANSWERED, (convert_uint64_to_sint64(node_id),)):
            if _is_there(store, row["message_id"]):
                state.query("UPDATE message_ins SET delivered_at = '' WHERE message_id = ?", (row["message_id"],))
            else:
                answer(state, store, row["message_id"], "the message was lost on its way")
        return pull(self, request, context)

    FleetServicer.PullMessages = pull_again
    return None


def answer(state, store, message_id: str, reason: str) -> None:
    """Reply with an error in the SuperNode's name to a message, while its run goes on."""
    from flwr.common.constant import ErrorCode
    from flwr.server.superlink.linkstate.sqlite_linkstate import dict_to_message
    from flwr.server.superlink.linkstate.utils import convert_sint64_values_in_dict_to_uint64

    rows = state.query(OF_A_RUN, (message_id,))
    if not rows:
        return
    row = rows[0]
    convert_sint64_values_in_dict_to_uint64(row, ["run_id", "src_node_id", "dst_node_id"])
    message = dict_to_message(row)
    FLOWER_LOGGER.log(ERROR, "Run %d: SuperNode %d has not answered: %s", message.metadata.run_id, message.metadata.dst_node_id, reason)
    state.store_message_res(store_error(store, message, ErrorCode.REPLY_MESSAGE_UNAVAILABLE, f"SuperNode {message.metadata.dst_node_id}: {reason}"))


def _is_there(store, message_id: str) -> bool:
    from flwr.supercore.object_store import NoObjectInStoreError

    try:
        return store.get_object_tree(message_id) is not None
    except NoObjectInStoreError:
        return False
