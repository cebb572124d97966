"""Lets the SuperExec wait for tasks, and a ServerApp for replies, where they appear (common/patience.py)."""
import threading
import time
from importlib import import_module

from flower_1_22 import unknown
from patience import Asking, Time, unwatched
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
    run_superexec.create_channel = unwatched(run_superexec.create_channel)
    wait_for_replies()
    return None


def wait_for_replies() -> None:
    """The same for a ServerApp alone, in whichever process it runs: within Grid.send_and_receive, and never past its
    timeout. An app that pulls messages by itself has things to do in between, so it is answered at once."""
    from flwr.server.grid import grpc_grid

    until = threading.local()
    asking = Asking(lambda response: not response.messages_list, allowance=lambda: getattr(until, "time", 0) - time.monotonic())
    grpc_grid.ServerAppIoStub = asking.stub(grpc_grid.ServerAppIoStub, "PullMessages")
    grpc_grid.time = Time(asking.nap)
    send_and_receive = grpc_grid.GrpcGrid.send_and_receive

    def receive_patiently(self, messages, *, timeout=None):
        until.time = time.monotonic() + timeout if timeout is not None else float("inf")
        try:
            return send_and_receive(self, messages, timeout=timeout)
        finally:
            until.time = 0

    grpc_grid.GrpcGrid.send_and_receive = receive_patiently
    retry_soon()
