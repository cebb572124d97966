"""What the health check asks: small probes on the standard library, because importing grpcio alone takes longer
(0.13 to 0.26 s, measured) than a whole check does so (0.06 s). Each raises OSError (ssl.SSLError is one) when the
answer is not a good one."""
from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

# What this container's stunnel has loaded (entrypoint.sh).
LIVE = "/app/certificates/live/now"
CA = f"{LIVE}/ca.crt"
SECONDS = 3.0

# HTTP/2 (RFC 9113 §3.4, §6): connection preface, frame types and flags.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
END_STREAM, END_HEADERS = 1, 4


def connect(address: str) -> socket.socket:
    """A TCP connection to HOST:PORT."""
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def tls(address: str, name: str, identity: str | None = None) -> ssl.SSLSocket:
    """A TLS connection to HOST:PORT whose certificate must be of our CA and bear `name`; with the client
    certificate identity.crt and .key when given. ALPN is h2, as gRPC demands."""
    # Imported here: a SuperExec's check needs no TLS of its own while all is well, and this takes a third of its time.
    import ssl

    context = ssl.create_default_context(cafile=CA)
    # Python 3.13 is stricter here than Flower and stunnel are: it would refuse the bash suite's CA, which the suite's
    # own check takes over with a warning (no key usage, leaves without an authority key identifier).
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.set_alpn_protocols(["h2"])
    if identity:
        context.load_cert_chain(identity + ".crt", identity + ".key")
    return context.wrap_socket(connect(address), server_hostname=name)


def ask(connection: socket.socket, method: str) -> None:
    """Call the unary gRPC method /package.Service/Method with an empty request; any answer but an error is good.

    An error is a response without DATA (gRPC over HTTP/2, "Trailers-Only")."""
    connection.settimeout(SECONDS)
    headers = b"\x83\x86" + _literal(b":path", method.encode()) + _literal(b":authority", b"localhost")
    headers += _literal(b"content-type", b"application/grpc") + _literal(b"te", b"trailers")
    connection.sendall(
        PREFACE
        + _frame(SETTINGS, 0, 0)
        + _frame(HEADERS, END_HEADERS, 1, headers)
        + _frame(DATA, END_STREAM, 1, b"\0\0\0\0\0")
    )
    stream = connection.makefile("rb")
    while True:
        head = stream.read(9)
        if len(head) < 9:
            raise ConnectionError("closed the connection without an answer")
        length, kind, flags, stream_id = int.from_bytes(head[:3]), head[3], head[4], int.from_bytes(head[5:])
        stream.read(length)
        ours = stream_id == 1
        if ours and kind == DATA and length:
            return
        if kind == GOAWAY or (ours and (kind == RST_STREAM or (kind in (DATA, HEADERS) and flags & END_STREAM))):
            raise ConnectionError("answered with an error")


def _literal(name: bytes, value: bytes) -> bytes:
    # HPACK literal header field without indexing, new name, no Huffman coding (RFC 7541 §6.2.2).
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def _frame(kind: int, flags: int, stream_id: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + stream_id.to_bytes(4) + payload


def is_here(host: str) -> bool:
    """Whether `host` is an address of this container, or a name that stands for one."""
    with socket.socket() as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            # An address of somebody else, or a name that Docker does not know here (socket.gaierror).
            return False
    return True


def listening(port: int) -> str | None:
    """The inode of the socket that listens on `port` here; None when none does (/proc/net/tcp, proc(5))."""
    return next((row[9] for row in _sockets() if int(row[1].rsplit(":", 1)[1], 16) == port and row[3] == "0A"), None)


def connected_to(port: int) -> bool:
    """Whether this container has an established TCP connection to that port of a peer (/proc/net/tcp, proc(5));
    gRPC's sockets are IPv6 ones also when they carry IPv4."""
    return any(int(row[2].rsplit(":", 1)[1], 16) == port and row[3] == "01" for row in _sockets())


def _sockets() -> list[list[str]]:
    rows: list[list[str]] = []
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(path) as table:
            rows += [line.split() for line in table.readlines()[1:]]
    return rows
