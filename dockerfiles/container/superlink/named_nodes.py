"""The error that a ServerApp gets for a SuperNode that is gone names that SuperNode: Flower 1.22.0 says "the node"."""
from flower_1_22 import unknown

MODULES = ("flwr.server.superlink.linkstate.utils",)


def name_nodes() -> str | None:
    """Change Flower so; gives why it was left as it is, if it was."""
    if reason := unknown(*MODULES):
        return reason
    from flwr.common import Error
    from flwr.common.message import make_message
    from flwr.server.superlink.linkstate import utils

    create = utils.create_message_error_unavailable_res_message

    def create_named(ins_metadata, error_type):
        message = create(ins_metadata, error_type)
        error = Error(message.error.code, f"SuperNode {ins_metadata.dst_node_id}: {message.error.reason}")
        message.metadata.__dict__["_message_id"] = ""
        named = make_message(metadata=message.metadata, error=error)
        named.metadata.__dict__["_message_id"] = named.object_id
        return named

    utils.create_message_error_unavailable_res_message = create_named
    return None
