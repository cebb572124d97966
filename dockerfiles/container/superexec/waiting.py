"""Lets the SuperExec wait for tasks, and a ServerApp for replies, where they appear (common/patience.py)."""
from importlib import import_module

from flower_1_22 import unknown
from patience import Asking, Time
from pulling import retry_soon

MODULES = (
    "flwr.common.inflatable_utils",
    "flwr.server.grid.grpc_grid",
    "flwr.supercore.cli.flower_superexec",
    "flwr.supercore.superexec.run_superexec",
)


def wait_patiently() -> str | None:
    """Change Flower so, for the SuperExec and for apps forked from it; gives why it was left as it is, if it was."""
    if reason := unknown(*MODULES):
        return reason
    # By name: the packages have functions called like these modules.
    flower_superexec = import_module("flwr.supercore.cli.flower_superexec")
    run_superexec = import_module("flwr.supercore.superexec.run_superexec")
    asking = Asking(lambda response: not response.run_ids)
    for name in ("ClientAppIoStub", "ServerAppIoStub"):
        setattr(flower_superexec, name, asking.stub(getattr(flower_superexec, name), "ListAppsToLaunch"))
    run_superexec.time = Time(asking.nap)
    wait_for_replies()
    return None


def wait_for_replies() -> None:
    """The same for a ServerApp alone, in whichever process it runs."""
    from flwr.server.grid import grpc_grid

    asking = Asking(lambda response: not response.messages_list)
    grpc_grid.ServerAppIoStub = asking.stub(grpc_grid.ServerAppIoStub, "PullMessages")
    grpc_grid.time = Time(asking.nap)
    retry_soon()
