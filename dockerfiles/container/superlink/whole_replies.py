"""A ServerApp is given a reply when all its objects are there. Flower 1.22.0's SuperNodes announce a reply and send its
objects after that, and a ServerApp that was told of it asks for them for two hours, whether or not their SuperNode has
died in between. A reply that is still here, cut off, is answered for like any other of a SuperNode that is gone."""
import threading

from flower_1_22 import unknown
from patience import whole

MODULES = (
    "flwr.server.superlink.fleet.grpc_rere.fleet_servicer",
    "flwr.server.superlink.serverappio.serverappio_servicer",
)


class Announced:
    """Replies of which objects are missing, by the message that they reply to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._replies: dict[str, tuple[int, set[str]]] = {}

    def add(self, message_id: str, node_id: int, missing: set[str]) -> None:
        """A SuperNode has announced a reply, and is going to send these objects."""
        if missing:
            with self._lock:
                self._replies[message_id] = (node_id, missing)

    def arrived(self, object_id: str) -> None:
        """An object is there: equal ones of several replies are one."""
        with self._lock:
            done = []
            for message_id, (_, missing) in self._replies.items():
                missing.discard(object_id)
                if not missing:
                    done.append(message_id)
            for message_id in done:
                del self._replies[message_id]
        if done:
            self.complete()

    def complete(self) -> None:
        """A reply can be given away: for waiting.py, which tells those who wait for it."""

    def by(self, node_id: int) -> list[str]:
        """The messages to which this SuperNode's replies have not come wholly."""
        with self._lock:
            return [message_id for message_id, (owner, _) in self._replies.items() if owner == node_id]

    def on_the_way(self, message_ids: list[str], online) -> set[str]:
        """Those of the messages whose replies are yet to come, from SuperNodes that can still send them."""
        with self._lock:
            some = {message_id: self._replies[message_id][0] for message_id in message_ids if message_id in self._replies}
        alive = online() if some else set()
        return {message_id for message_id, node_id in some.items() if node_id in alive}

    def forget(self, message_ids) -> None:
        """Nobody waits for these replies any more."""
        with self._lock:
            for message_id in message_ids:
                self._replies.pop(message_id, None)


ANNOUNCED = Announced()


def give_whole_replies() -> str | None:
    """Change Flower so; gives why it was left as it is, if it was."""
    if reason := unknown(*MODULES):
        return reason
    from flwr.proto.appio_pb2 import PullAppMessagesRequest
    from flwr.server.superlink.fleet.grpc_rere.fleet_servicer import FleetServicer
    from flwr.server.superlink.serverappio.serverappio_servicer import ServerAppIoServicer

    push, push_object, pull = FleetServicer.PushMessages, FleetServicer.PushObject, ServerAppIoServicer.PullMessages

    def push_and_note(self, request, context):
        response = push(self, request, context)
        for message in request.messages_list:
            ANNOUNCED.add(message.metadata.reply_to_message_id, message.metadata.src_node_id, set(response.objects_to_push))
        return response

    def push_object_and_note(self, request, context):
        response = push_object(self, request, context)
        if response.stored:
            ANNOUNCED.arrived(request.object_id)
        return response

    def pull_whole(self, request, context):
        waiting = ANNOUNCED.on_the_way(request.message_ids, lambda: self.state_factory.state().get_nodes(request.run_id))
        wanted = [message_id for message_id in request.message_ids if message_id not in waiting]
        response = pull(self, PullAppMessagesRequest(run_id=request.run_id, message_ids=wanted), context)
        ANNOUNCED.forget(message.metadata.reply_to_message_id for message in response.messages_list)
        return response

    FleetServicer.PushMessages, FleetServicer.PushObject = push_and_note, push_object_and_note
    ServerAppIoServicer.PullMessages = pull_whole
    # From the announcement's way into the state to its note here nobody may ask.
    lock = threading.RLock()
    whole(lock, FleetServicer, "PushMessages")
    whole(lock, ServerAppIoServicer, "PullMessages")
    return None
