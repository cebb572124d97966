"""Every message is answered, once, and wholly. Flower 1.22.0's SuperNode waits for ever for a ClientApp that died, or
for the rest of its reply, and sends an answer to an older message in place of the one it waits for. Here a reply counts
when its ClientApp has let go of its token, which is the last thing that it does; a later reply to the same message
takes the place of what is there; when the SuperExec holds the token no more, the reply is an error, or another
ClientApp is begun where none had taken the message; and with a message whose run has ended, or whose objects the
SuperLink has lost, goes all that belongs to it."""
from logging import ERROR

from flower_1_22 import unknown
from flwr.common.logger import FLOWER_LOGGER
from holders import take_back
from replies import store_error

MODULES = (
    "flwr.common.inflatable_utils",
    "flwr.supercore.object_store.in_memory_object_store",
    "flwr.supernode.nodestate.in_memory_nodestate",
    "flwr.supernode.servicer.clientappio.clientappio_servicer",
    "flwr.supernode.start_client_internal",
)


def send_whole_replies() -> str | None:
    """Change Flower so; gives why it was left as it is, if it was. Before waiting.py, which waits outside of this."""
    if reason := unknown(*MODULES):
        return reason
    from flwr.common.inflatable_utils import ObjectIdNotPreregisteredError
    from flwr.supernode import start_client_internal
    from flwr.supernode.nodestate.in_memory_nodestate import InMemoryNodeState
    from flwr.supernode.servicer.clientappio.clientappio_servicer import ClientAppIoServicer

    get, push, receive = InMemoryNodeState.get_messages, ClientAppIoServicer.PushMessage, start_client_internal._pull_and_store_message

    def get_finished(self, *, run_ids=None, is_reply=None, limit=None):
        if is_reply and run_ids is None:
            with self.lock_token_store:
                at_work = set(self.token_store)
            run_ids = [run_id for run_id in list(self.run_store) if run_id not in at_work]
        return get(self, run_ids=run_ids, is_reply=is_reply, limit=limit)

    def push_instead(self, request, context):
        _forget(self.state_factory.state(), self.objectstore_factory.store(), request.messages_list[0].metadata.reply_to_message_id)
        return push(self, request, context)

    def receive_alone(*, state, object_store, **kwargs):
        try:
            run_id = receive(state=state, object_store=object_store, **kwargs)
        except ObjectIdNotPreregisteredError as failure:
            # The SuperLink restarted: it answers for this message when it is asked for another (lost_messages.py).
            FLOWER_LOGGER.log(ERROR, "A message could not be had: %s", failure)
            run_id = None
        if run_id is None:
            # Nothing is under way now, or its run has ended while it came.
            for message_id in list(state.msg_store):
                object_store.delete(message_id)
            state.delete_messages()
            for of_run in list(state.token_store):
                state.delete_token(of_run)
        return run_id

    InMemoryNodeState.get_messages = get_finished
    ClientAppIoServicer.PushMessage = push_instead
    start_client_internal._pull_and_store_message = receive_alone
    return None


def answer_for_the_dead() -> str | None:
    """Change Flower so; gives why it was left as it is, if it was. After waiting.py: once a call, not at each look."""
    if reason := unknown(*MODULES):
        return reason
    from flwr.supernode.servicer.clientappio.clientappio_servicer import ClientAppIoServicer

    take_back(ClientAppIoServicer, "ListAppsToLaunch", lambda self: dict(self.state_factory.state().token_store), _answer)
    return None


def _answer(servicer, run_id: int) -> None:
    from flwr.common.constant import ErrorCode

    state, store = servicer.state_factory.state(), servicer.objectstore_factory.store()
    for message in [entry.message for entry in list(state.msg_store.values()) if entry.is_retrieved]:
        if message.metadata.run_id != run_id or message.metadata.reply_to_message_id:
            continue
        FLOWER_LOGGER.log(ERROR, "Run %d: its ClientApp ended with its SuperExec, before it had answered", run_id)
        _forget(state, store, message.metadata.message_id)
        store.delete(message.metadata.message_id)
        state.store_message(store_error(store, message, ErrorCode.CLIENT_APP_RAISED_EXCEPTION, "the ClientApp ended with its SuperExec"))
    state.delete_token(run_id)


def _forget(state, store, message_id: str) -> None:
    """Drop what there is of a reply to a message."""
    for entry in list(state.msg_store.values()):
        if message_id and entry.message.metadata.reply_to_message_id == message_id:
            store.delete(entry.message.metadata.message_id)
            state.delete_messages(message_ids=[entry.message.metadata.message_id])
