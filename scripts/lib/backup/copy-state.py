"""Writes a consistent copy of the SuperLink's SQLite database to standard output, also while the SuperLink runs: a line
of JSON, {"bytes": N} and then those bytes, or {"missing": true}, {"damaged": why}, {"failed": why}.

Needs nothing but Python, so that a backup works with whatever version of the image is there.
usage: python3 -ISE -c "$(cat copy-state.py)" DATABASE"""
import json
import os
import shutil
import sqlite3
import sys

LOCK_SECONDS = 30
BESIDE = ".backup-"


def main() -> None:
    """Copy beside the database, since it may be larger than what is free in memory; the name is gone before a byte is sent."""
    path = sys.argv[1]
    directory = os.path.dirname(path)
    # Only one backup is at work (the project's lock): what is there comes from one that was killed.
    for name in os.listdir(directory):
        if name.startswith(BESIDE):
            os.unlink(os.path.join(directory, name))
    if not os.path.exists(path):
        return say(missing=True)
    beside = os.path.join(directory, f"{BESIDE}{os.getpid()}")
    try:
        why = copy(path, beside)
        if why:
            return say(damaged=why)
        source = open(beside, "rb")
    except sqlite3.OperationalError as failure:
        return say(failed=str(failure))
    except sqlite3.DatabaseError as failure:
        return say(damaged=str(failure))
    except OSError as failure:
        return say(failed=str(failure))
    finally:
        if os.path.exists(beside):
            os.unlink(beside)
    with source:
        say(bytes=os.fstat(source.fileno()).st_size)
        shutil.copyfileobj(source, sys.stdout.buffer, 1 << 20)


def copy(path: str, beside: str) -> str:
    """Give what is wrong with the copy, nothing when it is whole."""
    # Not read-only: what a crash left unfinished is rolled back first, as the SuperLink would do it.
    source = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=LOCK_SECONDS)
    target = sqlite3.connect(beside)
    try:
        target.execute("PRAGMA journal_mode = OFF")
        source.backup(target)
        found = [row[0] for row in target.execute("PRAGMA integrity_check(3)")]
        return "" if found == ["ok"] else "; ".join(found)
    finally:
        target.close()
        source.close()


def say(**what: object) -> None:
    sys.stdout.buffer.write(json.dumps(what).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
