"""How much room is left where a container writes what lasts; the file system is the host's, unless a volume has its own."""
import os
import sys

MIB = 2**20
# Less than this is full: SQLite needs a journal beside its database for any change.
FULL_BYTES = MIB
# Told while there is still time: the last 5 %, at least 64 MiB and at most 2 GiB.
LOW_SHARE, LOW_LEAST, LOW_MOST = 0.05, 64 * MIB, 2048 * MIB


def room(directory: str) -> tuple[str, str] | None:
    """The problem of a directory whose room is (nearly) used up: its id and how much is left; None when there is enough."""
    status = os.statvfs(directory)
    free, size = status.f_bavail * status.f_frsize, status.f_blocks * status.f_frsize
    # File systems that make inodes as they need them say 0 of 0.
    if status.f_files and not status.f_favail:
        return "volume-full", f"{directory} has no inode left of {status.f_files}: too many files"
    if free < FULL_BYTES:
        return "volume-full", f"{directory} has {free // 1024} KiB left of {size // MIB} MiB"
    if free < min(max(LOW_SHARE * size, LOW_LEAST), LOW_MOST):
        return "volume-low", f"{directory} has {free // MIB} MiB left of {size // MIB} MiB"
    return None


if __name__ == "__main__":
    # As the health check says it; for who cannot wait for the next one.
    print(" ".join(f"[{left[0]}] {left[1]}" for directory in sys.argv[1:] if (left := room(directory))))
