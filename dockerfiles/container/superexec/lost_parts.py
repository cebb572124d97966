"""A reply of which the SuperLink has lost parts, as it does when it restarts, is a failed reply for the ServerApp as any
other that cannot be had. Flower 1.22.0 makes one of a part that does not come in time, but ends the run for a part that
the SuperLink does not know."""
from flower_1_22 import unknown

MODULES = ("flwr.common.inflatable_utils", "flwr.server.grid.grpc_grid")


def fail_the_reply_alone() -> str | None:
    """Change Flower so, for this process and those forked from it; gives why it was left as it is, if it was."""
    if reason := unknown(*MODULES):
        return reason
    from flwr.common.inflatable_utils import ObjectIdNotPreregisteredError, ObjectUnavailableError
    from flwr.server.grid import grpc_grid

    pull = grpc_grid.pull_objects

    class LostPartError(ObjectUnavailableError):
        def __str__(self) -> str:
            return "the SuperLink has lost a part of the reply, as it does when it restarts"

    def pull_or_fail(object_ids, pull_object_fn, **options):
        try:
            return pull(object_ids=object_ids, pull_object_fn=pull_object_fn, **options)
        except ObjectIdNotPreregisteredError as failure:
            raise LostPartError(str(failure)) from failure

    grpc_grid.pull_objects = pull_or_fail
    return None
