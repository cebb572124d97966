"""Lets Fleet and Control present another certificate without a restart. Flower 1.22.0 reads its certificate once
(common/grpc.py, ssl_server_credentials); gRPC can ask for one at each handshake, and that is all that changes here."""
import os
import sys

import grpc

LIVE = "/app/certificates/live/now"


def renewable_server_credentials(pairs, root_certificates=None, require_client_auth=False):
    """As grpc.ssl_server_credentials, with the certificate and key that are in force when a connection begins."""
    served = os.readlink(LIVE)

    def current():
        nonlocal served
        try:
            there = os.readlink(LIVE)
            if there == served:
                return None
            directory = os.path.join(os.path.dirname(LIVE), there)
            key, chain = (_read(os.path.join(directory, name)) for name in ("identity.key", "identity.crt"))
            served = there
        except OSError as failure:
            # The set was replaced between two calls: the next handshake reads again.
            print(f"launch-superlink: kept its certificate: {failure}", file=sys.stderr)
            return None
        return grpc.ssl_server_certificate_configuration(((key, chain),), root_certificates)

    first = grpc.ssl_server_certificate_configuration(pairs, root_certificates)
    return grpc.dynamic_ssl_server_credentials(first, current, require_client_auth)


def renew_without_restart() -> None:
    """Have Flower's servers use such credentials."""
    grpc.ssl_server_credentials = renewable_server_credentials


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
