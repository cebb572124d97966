"""Which certificates and lists are in use in this container, as lines "KIND FILE DIGEST"; FILE is relative to
certificates/, DIGEST is the start of a SHA-256.

presents: the leaf (DER) that every listener of this container presented in a handshake just now; "mixed" when not all
the same. loaded: the text that stunnel, or Flower, was last told to read, its certificates in alphabetical order. Flower reads at its start only, and a file that is
mounted alone stays the same until then, so what is mounted is what it read."""
import hashlib
import os

import probes
from roles import PRESENTED

MOUNTED = "/app/certificates"
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
        lines.append(_loaded("ca/ca.crt", f"{MOUNTED}/ca/ca.crt"))
    for name in sorted(os.listdir(f"{MOUNTED}/auth")) if os.path.isdir(f"{MOUNTED}/auth") else []:
        if name.endswith((".pub", ".csv")):
            lines.append(_loaded(f"auth/{name}", f"{MOUNTED}/auth/{name}"))
    return lines


def _loaded(name: str, path: str) -> str:
    with open(path, "rb") as file:
        # Which of several certificates comes first makes no difference to who is trusted.
        parts = sorted(part.strip() for part in file.read().split(b"-----END CERTIFICATE-----"))
    text = b"\n".join(parts)
    return f"loaded {name} {_digest(text)}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:DIGITS]
