"""How a SuperExec starts its tasks: forked from the warm process where there is one, else as Flower does; and what
happens when a task dies before it has answered. Flower 1.22.0 then waits for ever: the SuperNode for its ClientApp
(later runs too), the SuperLink a minute for the ServerApp's heartbeat. When the SuperExec dies too, its next start says
that it holds no task (common/holders.py)."""
import os
import signal
import subprocess
import threading
from importlib import import_module

import grpc
from flower_1_22 import note, unknown
from flwr.common.grpc import create_channel
from flwr.common.logger import FLOWER_LOGGER
from holders import holding
import warm

MODULES = (
    "flwr.server.serverapp.app",
    "flwr.supercore.cli.flower_superexec",
    "flwr.supercore.superexec.plugin.base_exec_plugin",
    "flwr.supernode.cli.flwr_clientapp",
    "flwr.supernode.runtime.run_clientapp",
)
# What makes a message's metadata (flwr.common.message.Metadata), and so a reply to it.
METADATA = ("run_id", "message_id", "src_node_id", "dst_node_id", "reply_to_message_id", "group_id", "created_at", "ttl", "message_type")
# What every task of Flower's imports.
FLOWER = [*MODULES, "flwr.app", "flwr.clientapp", "flwr.serverapp", "flwr.serverapp.strategy"]


def clientapp() -> None:
    """One ClientApp, which says which message it has taken and that it has answered."""
    from flwr.supernode.cli.flwr_clientapp import flwr_clientapp
    from flwr.supernode.runtime import run_clientapp

    pull, push = run_clientapp.pull_clientappinputs, run_clientapp.push_clientappoutputs

    def pull_and_say(*args, **kwargs):
        inputs = pull(*args, **kwargs)
        metadata = inputs[0].metadata
        warm.say({"took": {name: getattr(metadata, name) for name in METADATA}})
        return inputs

    def push_and_say(*args, **kwargs):
        response = push(*args, **kwargs)
        warm.say({"answered": True})
        return response

    run_clientapp.pull_clientappinputs, run_clientapp.push_clientappoutputs = pull_and_say, push_and_say
    flwr_clientapp()


def serverapp() -> None:
    """One ServerApp, in a folder of its run."""
    from serverapp_folder import flwr_serverapp

    flwr_serverapp()


class Tasks:
    """The tasks of one SuperExec; without `preload` all are started as Flower does."""

    def __init__(self, preload: list[str] | None) -> None:
        programs = {"flwr-clientapp": clientapp, "flwr-serverapp": serverapp}
        self._warm = None if preload is None else warm.Warm([*FLOWER, *preload], programs)
        self._lock = threading.Lock()
        self._count = 0
        self._open: dict[int, dict] = {}

    def install(self) -> None:
        """Have Flower's plugins launch through here, and the SuperExec say which tasks it has."""
        from flwr.supercore.superexec.plugin.base_exec_plugin import BaseExecPlugin

        # By name: the package has a function called like this module.
        flower_superexec = import_module("flwr.supercore.cli.flower_superexec")
        for name in ("ClientAppIoStub", "ServerAppIoStub"):
            setattr(flower_superexec, name, holding(getattr(flower_superexec, name), "ListAppsToLaunch", self._tokens))
        BaseExecPlugin.launch_app = lambda plugin, token, run_id: self._launch(plugin, token, run_id)
        if self._warm:
            self._warm.listen(self._ended, self._said, self._lost)

    def _tokens(self) -> list[str]:
        with self._lock:
            return [task["token"] for task in self._open.values()]

    def _launch(self, plugin, token: str, run_id: int) -> None:
        with self._lock:
            self._count += 1
            task = self._count
            self._open[task] = {"command": plugin.command, "address": plugin.appio_api_address, "token": token, "run_id": run_id, "took": None, "slow": False}
        arguments = ["--insecure", plugin.appio_api_address_arg, plugin.appio_api_address, "--token", token, "--flwr-dir", plugin.flwr_dir]
        if not (self._warm and self._warm.launch(task, plugin.command, arguments)):
            self._launch_slowly(task, [plugin.command, *arguments, "--parent-pid", str(os.getpid())])

    def _launch_slowly(self, task: int, command: list[str]) -> None:
        self._said(task, {"slow": True})
        process = subprocess.Popen(command)

        def wait() -> None:
            code = process.wait()
            self._ended(task, -code if code < 0 else code << 8)

        threading.Thread(target=wait, daemon=True).start()

    def _said(self, task: int, word: dict) -> None:
        with self._lock:
            if "answered" in word:
                self._open.pop(task, None)
            elif task in self._open:
                self._open[task].update(word)

    def _ended(self, task: int, status: int) -> None:
        with self._lock:
            unanswered = self._open.get(task)
        if unanswered is None:
            return
        try:
            if unanswered["command"] == "flwr-clientapp" or os.WIFSIGNALED(status):
                _answer(unanswered, _how(status))
        finally:
            # Held until here, or it would be taken for abandoned.
            with self._lock:
                self._open.pop(task, None)

    def _lost(self, reason: str) -> None:
        note("warm-start-failed", f"tasks are started the slow way: {reason}")
        with self._lock:
            lost = [task for task, state in self._open.items() if not state["slow"]]
        # Their processes end with the one that was lost.
        for task in lost:
            self._ended(task, signal.SIGKILL)


def _answer(task: dict, how: str) -> None:
    try:
        (answer_for_clientapp if task["command"] == "flwr-clientapp" else answer_for_serverapp)(task, how)
    except grpc.RpcError as failure:
        # It had answered (one that is started slowly does not say so), or nobody waits for it any more.
        if failure.code() is not grpc.StatusCode.PERMISSION_DENIED:
            FLOWER_LOGGER.error("%s %s, and could not be answered for: %s", task["command"], how, failure)
    except Exception as failure:
        FLOWER_LOGGER.error("%s %s, and could not be answered for: %s", task["command"], how, failure)
    else:
        FLOWER_LOGGER.error("%s ended before it had answered: %s", task["command"], how)


def answer_for_clientapp(task: dict, how: str) -> None:
    """Give the SuperNode an error in place of the reply that it would wait for."""
    from flwr.common import Error, Message
    from flwr.common.constant import ErrorCode
    from flwr.common.message import Metadata, make_message
    from flwr.common.serde import context_from_proto, message_from_proto
    from flwr.common import RecordDict
    from flwr.proto.appio_pb2 import PullAppInputsRequest, PullAppMessagesRequest
    from flwr.proto.clientappio_pb2_grpc import ClientAppIoStub
    from flwr.supernode.runtime import run_clientapp

    channel = create_channel(server_address=task["address"], insecure=True, root_certificates=None)
    try:
        stub = ClientAppIoStub(channel)
        context = context_from_proto(stub.PullClientAppInputs(PullAppInputsRequest(token=task["token"])).context)
        if task["took"]:
            message = make_message(metadata=Metadata(**task["took"]), content=RecordDict())
        else:
            message = message_from_proto(stub.PullMessage(PullAppMessagesRequest(token=task["token"])).messages_list[0])
        error = Error(code=ErrorCode.CLIENT_APP_RAISED_EXCEPTION, reason=f"the ClientApp's process {how}")
        run_clientapp.push_clientappoutputs(stub=stub, token=task["token"], message=Message(error, reply_to=message), context=context)
    finally:
        channel.close()


def answer_for_serverapp(task: dict, how: str) -> None:
    """Tell the SuperLink that the run has failed."""
    from flwr.common.constant import Status, SubStatus
    from flwr.common.serde import run_status_to_proto
    from flwr.common.typing import RunStatus
    from flwr.proto.run_pb2 import UpdateRunStatusRequest
    from flwr.proto.serverappio_pb2_grpc import ServerAppIoStub

    channel = create_channel(server_address=task["address"], insecure=True, root_certificates=None)
    try:
        status = run_status_to_proto(RunStatus(Status.FINISHED, SubStatus.FAILED, f"the ServerApp's process {how}"))
        ServerAppIoStub(channel).UpdateRunStatus(UpdateRunStatusRequest(run_id=task["run_id"], run_status=status))
    finally:
        channel.close()


def _how(status: int) -> str:
    if not os.WIFSIGNALED(status):
        return f"ended with exit code {os.waitstatus_to_exitcode(status)}"
    name = signal.Signals(os.WTERMSIG(status)).name
    return f"was ended by {name}{' (for want of memory?)' if name == 'SIGKILL' else ''}"


def start(preload: list[str] | None) -> Tasks | None:
    """The tasks, with a warm process that is forked now where there is a preload; None with a note where Flower is not
    as expected."""
    if reason := unknown(*MODULES):
        note("launcher-plain", f"tasks are started the slow way: {reason}")
        return None
    return Tasks(preload)
