"""Looks at a container from inside, for doctor.ts: prints one JSON document (probe.ts has its type).

Reads, connects and shakes hands as the health check does, with the health check's own probes, so that no listener takes
it for a stranger. Runs on the container's own Python; what cannot be told is null.
usage: python3 -ISE -c "$(cat probe.py)" EDGES (JSON: [{address, speaks, name, identity}])"""
import glob
import json
import os
import re
import socket
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, "/opt/flower/health")
import probes

# As the health check: within one machine an answer takes milliseconds, on a machine at its limit a second.
probes.SECONDS = 3.0
# The first byte of a TLS record that a server sends: an alert, or its part of the handshake (RFC 8446 5.1).
TLS_RECORDS = (0x15, 0x16)
# A container without its tunnel has no copy in use.
probes.CA = probes.CA if os.path.exists(probes.CA) else "/app/certificates/ca/ca.crt"
METHODS = {"superlink": "ServerAppIo"}


def main() -> None:
    edges = json.loads(sys.argv[1])
    print(json.dumps({
        "flower": _version(),
        "fleet": _read("/tmp/fleet"),
        "names": {name: _addresses(name) for name in {edge["address"].rpartition(":")[0] for edge in edges} if not re.fullmatch(r"[\d.]+", name)},
        "edges": _all(edges),
        "stopped": _stopped(),
        "killed": _event("memory/memory.oom_control", "memory.events", "oom_kill"),
        "refused": _event("pids/pids.events", "pids.events", "max"),
    }))


def _all(edges: list) -> list:
    try:
        with ThreadPoolExecutor(max(1, len(edges))) as pool:
            return list(pool.map(_edge, edges))
    except RuntimeError:
        # "can't start new thread": the container has no process left for us.
        return [_edge(edge) for edge in edges]


def _edge(edge: dict) -> dict:
    found = {"address": edge["address"], "found": "", "error": None, "verify": None}
    try:
        return found | (_tls(edge) if edge["speaks"] == "tls" else {"found": _plain(edge["address"])})
    except socket.gaierror:
        return found | {"found": "unknown"}
    except OSError as failure:
        # Only now: a peer would take a connection that is closed at once for a stranger's.
        return found | {"found": "mute" if _takes(edge["address"]) else "closed", "error": _words(failure)}


def _takes(address: str) -> bool:
    try:
        probes.connect(address).close()
        return True
    except OSError:
        return False


def _tls(edge: dict) -> dict:
    try:
        with probes.tls(edge["address"], edge["name"], f"{probes.LIVE}/identity" if edge["identity"] else None) as connection:
            if edge["identity"]:
                # A server of TLS 1.3 refuses our certificate after the handshake, with the first that is read.
                probes.ask(connection, f"/flwr.proto.{METHODS.get(edge['name'], 'ClientAppIo')}/ListAppsToLaunch")
        return {"found": "tls"}
    except ssl.SSLCertVerificationError as failure:
        return {"found": "tls", "verify": {"code": failure.verify_code, "words": failure.verify_message}}
    except (TimeoutError, ConnectionRefusedError, socket.gaierror):
        raise
    except OSError as failure:
        kind = _speaks(edge["address"])
        return {"found": "plain" if kind == "plain" else "tls", "error": None if kind == "plain" else _words(failure)}


def _plain(address: str) -> str:
    kind = _speaks(address)
    if kind == "closed":
        # Some servers of TLS end such a connection without a word.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with probes.connect(address) as raw, context.wrap_socket(raw):
                return "tls"
        except OSError:
            return "refuses"
    return kind


def _speaks(address: str) -> str:
    """What answers the beginning of HTTP/2 without TLS."""
    with probes.connect(address) as connection:
        connection.sendall(probes.PREFACE + probes._frame(probes.SETTINGS, 0, 0))
        try:
            first = connection.recv(1)
        except TimeoutError:
            raise
        except OSError:
            first = b""
    return "closed" if not first else "tls" if first[0] in TLS_RECORDS else "plain"


def _version() -> str | None:
    found = glob.glob("/opt/venv/lib/python3*/site-packages/flwr-*.dist-info")
    return re.search(r"flwr-(.+)\.dist-info$", found[0])[1] if len(found) == 1 else None


def _addresses(name: str) -> list[str]:
    try:
        return sorted({answer[4][0] for answer in socket.getaddrinfo(name, None, socket.AF_INET)})
    except OSError:
        return []


def _stopped() -> list[dict]:
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        # pid (name) state …, and a name may have brackets of its own (proc(5)).
        pid, name, state = re.match(r"(\d+) \((.*)\) (\S)", _read(path) or "0 () -").groups()
        if state in "Tt":
            found.append({"pid": int(pid), "name": name})
    return found


def _event(first: str, second: str, name: str) -> int | None:
    """A count of this container's cgroup, of version 1 or 2, since its start."""
    text = _read(f"/sys/fs/cgroup/{first}") or _read(f"/sys/fs/cgroup/{second}") or ""
    match = re.search(rf"^{name} (\d+)$", text, re.MULTILINE)
    return int(match[1]) if match else None


def _read(path: str) -> str | None:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def _words(failure: OSError) -> str:
    if isinstance(failure, TimeoutError):
        return f"no answer within {probes.SECONDS:.0f} s"
    if isinstance(failure, ssl.SSLError):
        return (failure.reason or str(failure)).lower().replace("_", " ")
    return failure.strerror or str(failure) or type(failure).__name__


if __name__ == "__main__":
    main()
