"""What healthy means for a SuperLink, a SuperNode and a SuperExec. Facts of Flower 1.22.0: its health service
answers SERVING whatever happens, so it proves that Flower's process answers and no more; AppIo's ListAppsToLaunch
needs no token and reads the state."""
import os

import probes
from room import room
from verdict import CertificateFault, NetworkFault, OwnFault, PeerFault, VolumeFault

FLOWER = "127.0.0.1:19099"
# Written by launch-supernode.
FLEET_STATE = "/tmp/fleet"
# Written by the launchers (flower_1_22.py): what an operator should know although all is healthy.
NOTES = "/tmp/notes"
# Leaf certificates (DER) that this container's listeners presented to this check, by address.
PRESENTED: dict[str, bytes] = {}
# The SuperLink's database; what launch-superlink wrote of it, database.py says.
DATABASE = "/app/data/state.db"
STATE_IDENTITY, STATE_DAMAGE = "/tmp/state-identity", "/tmp/state-damage"
HEALTH_CHECK = "/grpc.health.v1.Health/Check"
APPIO_SERVICE = {"superlink": "ServerAppIo", "supernode": "ClientAppIo", "serverapp": "ServerAppIo", "clientapp": "ClientAppIo"}


def superlink() -> None:
    """Flower answers and can read and write its state, which is the one that it began with; all three listeners present
    a good certificate of this SuperLink."""
    left = room(os.path.dirname(DATABASE))
    if left and left[0] == "volume-full":
        raise VolumeFault(left[1])
    _database_holds()
    _flower_answers()
    _appio_answers("superlink")
    for address in os.environ["OWN_LISTENERS"].split():
        _listener_presents(address, "superlink")


def supernode() -> None:
    """Flower answers; the AppIo listener presents a good certificate of this SuperNode; the SuperLink is there, is
    the right one, has accepted this SuperNode, and Flower is connected to it."""
    _flower_answers()
    _appio_answers("supernode")
    for address in os.environ["OWN_LISTENERS"].split():
        _listener_presents(address, os.environ["OWN_NAME"])
    fleet = os.environ["FLEET_ADDRESS"]
    try:
        probes.tls(fleet, fleet.split(":")[0]).close()
    except OSError as failure:
        raise PeerFault(f"the SuperLink at {fleet}: {_reason(failure)}") from failure
    with open(FLEET_STATE) as file:
        state = file.read()
    if state != "accepted":
        raise PeerFault(f"the SuperLink at {fleet} has not accepted this SuperNode: {state}")
    if not probes.connected_to(int(fleet.split(":")[1])):
        raise PeerFault(f"not connected to the SuperLink at {fleet}, which answers: see this container's log for why")


def superexec() -> None:
    """Flower answers; through its own stunnel and the peer's the peer's AppIo answers."""
    _flower_answers()
    accept, peer, name = (os.environ[key] for key in ("TUNNEL_ACCEPT", "TUNNEL_CONNECT", "TUNNEL_PEER"))
    try:
        tunnel = probes.connect(accept)
    except OSError as failure:
        raise OwnFault(f"stunnel does not accept on {accept}: {_reason(failure)}") from failure
    try:
        with tunnel:
            probes.ask(tunnel, f"/flwr.proto.{APPIO_SERVICE[os.environ['ROLE']]}/ListAppsToLaunch")
    except OSError as failure:
        _blame(failure, peer, name)


def notes(role: str) -> list[tuple[str, str]]:
    """What is healthy and yet not as it should be, by the ids of check-status's problems."""
    found = [left for directory in os.environ.get("WRITABLE_DIRS", "").split() if (left := room(directory))]
    if role == "superlink":
        found += _kept_aside()
    try:
        names = sorted(os.listdir(NOTES))
    except FileNotFoundError:
        apps = role in ("serverapp", "clientapp")
        return found + ([("apps-unconfined", "its apps are not kept from its TLS key: it was not started by launch-superexec")] if apps else [])
    for name in names:
        with open(os.path.join(NOTES, name)) as file:
            found.append((name, file.read()))
    return found


def _kept_aside() -> list[tuple[str, str]]:
    folder, name = os.path.split(DATABASE)
    beside = sorted(os.listdir(folder))
    return [
        *(("state-damaged", file) for file in beside if file.startswith(f"{name}.damaged-") and not file.endswith(("-journal", "-wal", "-shm"))),
        *(("state-lost", file) for file in beside if file.startswith(f"{name}.lost-")),
    ]


def _database_holds() -> None:
    try:
        status = os.stat(DATABASE)
        now = f"{status.st_dev}:{status.st_ino}"
    except FileNotFoundError:
        now = "nothing"
    # A launcher that has not come that far has written nothing; Flower does not answer then.
    if os.path.exists(STATE_IDENTITY):
        with open(STATE_IDENTITY) as file:
            if file.read() != now:
                raise OwnFault("the SuperLink's database was deleted or replaced while it ran", certain=True)
    if os.path.exists(STATE_DAMAGE):
        with open(STATE_DAMAGE) as file:
            raise OwnFault(f"the SuperLink's database is damaged: {file.read()}", certain=True)


def _blame(failure: OSError, peer: str, name: str) -> None:
    # Whose fault a dead tunnel is: ask the peer without it, with the same certificate.
    try:
        with probes.tls(peer, name, f"{probes.LIVE}/identity") as direct:
            probes.ask(direct, f"/flwr.proto.{APPIO_SERVICE[os.environ['ROLE']]}/ListAppsToLaunch")
    except OSError as direct_failure:
        raise PeerFault(f"AppIo of {name} at {peer}: {_reason(direct_failure)}") from direct_failure
    raise OwnFault(f"stunnel does not carry to {peer}, which answers: {_reason(failure)}") from failure


def _flower_answers() -> None:
    try:
        with probes.connect(FLOWER) as connection:
            probes.ask(connection, HEALTH_CHECK)
    except OSError as failure:
        raise OwnFault(f"Flower does not answer: {_reason(failure)}") from failure


def _appio_answers(role: str) -> None:
    try:
        with probes.connect(os.environ["TUNNEL_CONNECT"]) as connection:
            probes.ask(connection, f"/flwr.proto.{APPIO_SERVICE[role]}/ListAppsToLaunch")
    except OSError as failure:
        raise OwnFault(f"Flower's AppIo does not answer, or cannot read its state: {_reason(failure)}") from failure


def _listener_presents(address: str, name: str) -> None:
    try:
        with probes.tls(address, name) as connection:
            PRESENTED[address] = connection.getpeercert(True) or b""
    except OSError as failure:
        if not probes.is_here(address.rsplit(":", 1)[0]):
            raise NetworkFault(f"listener {address}: this container has no such address any more, Docker has taken it out of that network") from failure
        fault = CertificateFault if _is_about_certificate(failure) else OwnFault
        raise fault(f"listener {address}: {_reason(failure)}") from failure


def _is_about_certificate(failure: OSError) -> bool:
    # An ssl.SSLCertVerificationError, without importing ssl to name it.
    return hasattr(failure, "verify_message")


def _reason(failure: OSError) -> str:
    if _is_about_certificate(failure):
        return f"certificate refused: {failure.verify_message}"
    if isinstance(failure, TimeoutError):
        return f"no answer within {probes.SECONDS:.0f} s"
    return failure.strerror or str(failure) or type(failure).__name__


ROLES = {"superlink": superlink, "supernode": supernode, "serverapp": superexec, "clientapp": superexec}
