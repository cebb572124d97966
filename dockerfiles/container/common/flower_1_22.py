"""What the launchers change in Flower 1.22.0, and whether it is there to be changed: a module counts as known when its
file is the very one of that version. Nothing else here knows these names."""
import hashlib
import importlib.util
import os
import sys
from pathlib import Path

# The first 16 digits of the SHA-256 of each file in the wheel flwr-1.22.0.
FILES = {
    "flwr.server.grid.grpc_grid": "ee42295755ba1a51",
    "flwr.supernode.start_client_internal": "63d4b5f9094ed963",
    "flwr.supercore.superexec.run_superexec": "262c0aabdb3f58fa",
    "flwr.supercore.cli.flower_superexec": "26da98ac4595bb70",
    "flwr.common.inflatable_utils": "9e3401eeee0e2f80",
    "flwr.supernode.runtime.run_clientapp": "daf927385c667b10",
    "flwr.supernode.servicer.clientappio.clientappio_servicer": "9c81d1bb7f0458af",
    "flwr.server.superlink.serverappio.serverappio_servicer": "dc2ff46e845b62e6",
    "flwr.server.superlink.fleet.grpc_rere.fleet_servicer": "5fbfb3e2845e207e",
    "flwr.client.grpc_rere_client.connection": "b8b717009a071cb5",
    "flwr.server.superlink.linkstate.sqlite_linkstate": "348275043723e784",
    "flwr.server.superlink.linkstate.utils": "21e2e1ee21910875",
    "flwr.supernode.nodestate.in_memory_nodestate": "aebfed83b61785ff",
    "flwr.supercore.object_store.in_memory_object_store": "086638deccb10c6a",
    "flwr.supercore.superexec.plugin.base_exec_plugin": "7cbf947dcf43a79e",
    "flwr.supercore.ffs.disk_ffs": "739572c126919ead",
    "flwr.server.serverapp.app": "caaef47d34d72b19",
    "flwr.supernode.cli.flwr_clientapp": "5b7b40caa49f7876",
}
# A file for each thing that an operator should know of a healthy container; the health check passes them on.
NOTES = Path("/tmp/notes")


def unknown(*modules: str) -> str | None:
    """Why these modules of Flower cannot be changed safely; None when they are those of 1.22.0."""
    strange = [name for name in modules if _digest(name) != FILES[name]]
    return f"{', '.join(strange)} differs from Flower 1.22.0's" if strange else None


def launched() -> None:
    """Note that a launcher is at work and has nothing to say yet."""
    NOTES.mkdir(exist_ok=True)


def note(name: str, text: str) -> None:
    """Tell the operator, in the log and through check-status, of the problem with the id `name`."""
    print(f"{Path(sys.argv[0]).name}: {text}", file=sys.stderr, flush=True)
    (NOTES / name).write_text(text)


def switched_on(setting: str) -> bool:
    """Whether the environment leaves `setting` on: anything but 0, no, off and false does."""
    return os.environ.get(setting, "").lower() not in ("0", "no", "off", "false")


def _digest(module: str) -> str:
    spec = importlib.util.find_spec(module)
    return hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()[:16] if spec and spec.origin else "missing"
