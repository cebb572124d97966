"""A run whose ServerApp died with its SuperExec ends at once, and one that had not begun is begun again. Flower 1.22.0
waits a minute for the heartbeats of a run, and for ever where they had not begun: while the ServerApp was installed, or
before its process was there at all."""
from logging import ERROR

from flower_1_22 import unknown
from flwr.common.logger import FLOWER_LOGGER
from holders import take_back

MODULES = (
    "flwr.server.superlink.serverappio.serverappio_servicer",
    "flwr.server.superlink.linkstate.sqlite_linkstate",
)
REASON = "its ServerApp ended with its SuperExec (superexec-serverapp)"


def end_abandoned_runs() -> str | None:
    """Change Flower so; gives why it was left as it is, if it was. After waiting.py: once a call, not at each look."""
    if reason := unknown(*MODULES):
        return reason
    from flwr.server.superlink.linkstate.utils import convert_sint64_to_uint64
    from flwr.server.superlink.serverappio.serverappio_servicer import ServerAppIoServicer

    def tokens(self) -> dict[int, str]:
        rows = self.state_factory.state().query("SELECT run_id, token FROM token_store")
        return {convert_sint64_to_uint64(row["run_id"]): row["token"] for row in rows}

    take_back(ServerAppIoServicer, "ListAppsToLaunch", tokens, _end)
    return None


def _end(servicer, run_id: int) -> None:
    from flwr.common.constant import Status, SubStatus
    from flwr.common.typing import RunStatus

    state = servicer.state_factory.state()
    if state.get_run_status({run_id})[run_id].status in (Status.STARTING, Status.RUNNING):
        FLOWER_LOGGER.log(ERROR, "Run %d: %s", run_id, REASON)
        state.update_run_status(run_id, RunStatus(Status.FINISHED, SubStatus.FAILED, REASON))
        servicer.objectstore_factory.store().delete_objects_in_run(run_id)
    state.delete_token(run_id)
