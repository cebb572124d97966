"""An error in the place of a reply that will never come, with its objects, as Flower 1.22.0 keeps replies."""


def store_error(store, message, code, reason: str):
    """Make the reply to `message` that carries the error, put its objects into `store`, and give it."""
    from flwr.common import Error, Message
    from flwr.common.inflatable import get_all_nested_objects, get_object_tree, no_object_id_recompute

    reply = Message(Error(code, reason), reply_to=message)
    reply.metadata.__dict__["_message_id"] = reply.object_id
    with no_object_id_recompute():
        store.preregister(message.metadata.run_id, get_object_tree(reply))
        for object_id, each in get_all_nested_objects(reply).items():
            store.put(object_id, each.deflate())
    return reply
