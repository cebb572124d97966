"""Which certificates and lists are in use in this container, as lines "KIND FILE DIGEST"; FILE is relative to
certificates/, DIGEST is the start of a SHA-256.

presents: the leaf (DER) that every listener of this container presented in a handshake just now; "mixed" when not all
the same. loaded: the text that stunnel, or Flower, was last told to read, its certificates in alphabetical order. Flower reads
at its start only, and what is mounted may have been edited since: entrypoint.sh keeps copies."""
import hashlib
import os

import probes
from roles import PRESENTED

MOUNTED = "/app/certificates"
READ_AT_START = f"{probes.LIVE.rsplit('/', 1)[0]}/read"
DIGITS = 16


def certificates_in_use() -> list[str]:
    """The lines for this container's role; none for a container without TLS."""
    if "TUNNEL_IDENTITY" not in os.environ:
        return []
    identity = os.path.relpath(os.environ["TUNNEL_IDENTITY"], MOUNTED) + ".crt"
    presented = {_digest(leaf) for leaf in PRESENTED.values()}
    lines = [f"presents {identity} {presented.pop() if len(presented) == 1 else 'mixed'}"] if PRESENTED else []
    for name, path in (("ca/ca.crt", probes.CA), (identity, f"{probes.LIVE}/identity.crt")):
        lines.append(_loaded(name, path))
    if os.environ["ROLE"] == "supernode":
        lines.append(_loaded("ca/ca.crt", f"{READ_AT_START}/ca.crt"))
    for name in sorted(os.listdir(f"{READ_AT_START}/auth")):
        lines.append(_loaded(f"auth/{name}", f"{READ_AT_START}/auth/{name}"))
    return lines


def _loaded(name: str, path: str) -> str:
    with open(path, "rb") as file:
        # Which of several certificates comes first makes no difference to who is trusted.
        parts = sorted(part.strip() for part in file.read().split(b"-----END CERTIFICATE-----"))
    text = b"\n".join(parts)
    return f"loaded {name} {_digest(text)}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:DIGITS]
