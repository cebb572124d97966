"""The health check of every image: exit 0 with "ok" (and what an operator should know), or 1 with the verdict and
its reason. `docker inspect` and check-status.ts show that line. Unless the fault is its own, lines follow that
say which certificates are in use, for check-status.ts to compare with the files."""
import os
import sys

from in_use import certificates_in_use
from roles import ROLES, notes
from verdict import CertificateFault, NetworkFault, OwnFault, PeerFault, VolumeFault, healthy, own_fault


def main() -> int:
    """Check this container's role (environment ROLE) and act on an own fault that stays."""
    try:
        ROLES[os.environ["ROLE"]]()
    except OwnFault as fault:
        print(f"own fault: {fault}")
        own_fault(str(fault), fault.certain)
        return 1
    except (CertificateFault, NetworkFault, PeerFault) as fault:
        print(f"{fault.title}: {fault}")
        tell_certificates()
        healthy()
        return 1
    except VolumeFault as fault:
        print(f"no room: [volume-full] {fault}")
        healthy()
        return 1
    known = notes(os.environ["ROLE"])
    print("ok" if not known else "ok, but " + " ".join(f"[{name}] {text}" for name, text in known))
    tell_certificates()
    healthy()
    return 0


def tell_certificates() -> None:
    """Print which certificates are in use, one a line."""
    for line in certificates_in_use():
        print(line)


if __name__ == "__main__":
    sys.exit(main())
