"""Takes a new certificate, key and CA into use without a restart: rotate-certs.ts sends them on standard input.

They come into memory beside the old ones, one symbolic link changes, and stunnel reads its configuration again (SIGHUP);
its connections go on. The SuperLink's own server reads them at its next handshake (superlink/renewable.py). Then all
listeners must present the new leaf, or the SuperExec's calls must come through; else exit 1 with the reason, and what
was in use is so again."""
import base64
import json
import os
import shutil
import signal
import sys
import time

sys.path.insert(0, "/opt/flower/health")

import probes
import roles
from verdict import CertificateFault, OwnFault, PeerFault

LIVE = "/app/certificates/live"
NOW = f"{LIVE}/now"
FILES = ("ca.crt", "identity.crt", "identity.key")
# stunnel takes milliseconds; a SuperLink that is busy with a round on a slow machine was never seen to take one.
SECONDS = 10.0


def main() -> int:
    """Put the set on standard input (JSON, file name to text) in force; exit code 0 when it is."""
    texts = json.load(sys.stdin)
    before = os.readlink(NOW)
    name = f"set-{time.time_ns()}"
    write(name, texts)
    point(name)
    try:
        reload_stunnel()
        hold(leaf_of(texts["identity.crt"]))
    except (OSError, OwnFault, PeerFault, CertificateFault) as failure:
        point(before)
        reload_stunnel()
        shutil.rmtree(f"{LIVE}/{name}")
        print(f"renew: {failure}")
        return 1
    shutil.rmtree(f"{LIVE}/{before}", ignore_errors=True)
    return 0


def write(name: str, texts: dict[str, str]) -> None:
    """Write the files of a set, closed to others from their first byte."""
    os.mkdir(f"{LIVE}/{name}", 0o700)
    for file in FILES:
        with os.fdopen(os.open(f"{LIVE}/{name}/{file}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as opened:
            opened.write(texts[file])


def point(name: str) -> None:
    """Make `name` the set in force, at once."""
    os.symlink(name, f"{LIVE}/next")
    os.rename(f"{LIVE}/next", NOW)


def reload_stunnel() -> None:
    """Have stunnel read its configuration; it has when it listens on a new socket, which it makes last."""
    port = int(os.environ["TUNNEL_ACCEPT"].rsplit(":", 1)[1])
    old = probes.listening(port)
    with open(f"{LIVE}/stunnel.pid") as file:
        os.kill(int(file.read()), signal.SIGHUP)
    wait_for(lambda: probes.listening(port) not in (None, old), "stunnel did not take the new files; its log says why")


def hold(leaf: bytes) -> None:
    """Raise unless what was put in force is seen from outside of the programs that use it."""
    if os.environ["TUNNEL"] == "client":
        roles.superexec()
        return
    name = os.environ["TUNNEL_IDENTITY"].rsplit("/", 1)[1]
    own = os.environ.get("OWN_NAME", "superlink")
    for address in os.environ["OWN_LISTENERS"].split():
        roles._listener_presents(address, own)
        if roles.PRESENTED[address] != leaf:
            raise OwnFault(f"the listener {address} still presents the old certificate of {name}")


def leaf_of(text: str) -> bytes:
    """The first certificate of a PEM text, as DER."""
    body = text.split("-----BEGIN CERTIFICATE-----", 1)[1].split("-----END CERTIFICATE-----", 1)[0]
    return base64.b64decode("".join(body.split()))


def wait_for(condition, otherwise: str) -> None:
    """Raise OwnFault(otherwise) when the condition does not come true in time."""
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            raise OwnFault(otherwise)
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
