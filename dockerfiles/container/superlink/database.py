"""The SuperLink's database before Flower opens it and while it runs. Flower 1.22.0 neither notices that its SQLite
file is damaged until a query meets the damage, nor that it was deleted: it makes an empty one and goes on.

A damaged database is kept aside and a clean one made, so that an unattended federation lives: the SuperNodes' keys come
from their list at every start. What was kept aside is also what tells the operator, for as long as it is there."""
import errno
import os
import secrets
import sqlite3
import sys
import time
from pathlib import Path

# Written at start: which file Flower works on. Written when a query fails for it: what SQLite said of that file.
IDENTITY, DAMAGE = Path("/tmp/state-identity"), Path("/tmp/state-damage")
# SQLite names the files beside a database by adding to its name, so these stay together under another one too.
COMPANIONS = ("", "-journal", "-wal", "-shm")
DAMAGES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# Enough for SQLite's journal of what Flower writes at its start.
ROOM_BYTES = 262_144


def wait_for_room(directory: Path) -> None:
    """Return as soon as something can be written there: Flower would end at once, and again at every restart."""
    trial, told = directory / "room.tmp", False
    while True:
        try:
            trial.write_bytes(bytes(ROOM_BYTES))
            return
        except OSError as failure:
            if failure.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            if not told:
                print(f"launch-superlink: waiting for room on {directory}: {failure.strerror}", file=sys.stderr, flush=True)
            told = True
        finally:
            trial.unlink(missing_ok=True)
        time.sleep(1)


def prepare(database: Path) -> str | None:
    """Make `database` one that Flower can work on; gives what was wrong with the one that was there, if anything was.

    A sound database bears a number (user_version, which Flower does not use), and a file beside it says that there
    was one: a database that is missing, empty or made by Flower in the place of a deleted one bears none."""
    known = database.with_name("state.known")
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    wrong = _damage(database)
    if wrong:
        for companion in COMPANIONS:
            path = Path(f"{database}{companion}")
            if path.exists():
                path.rename(f"{database}.damaged-{now}{companion}")
    elif known.exists() and not _number(database):
        wrong = "it was deleted or emptied"
        Path(f"{database}.lost-{now}").write_text("The SuperLink's database was gone at this time; its runs are not listed any more.\n")
    if not _number(database):
        with sqlite3.connect(database) as connection:
            connection.execute(f"PRAGMA user_version = {1 + secrets.randbelow(2**31 - 1)}")
        connection.close()
    known.touch()
    IDENTITY.write_text(identity(database))
    DAMAGE.unlink(missing_ok=True)
    return wrong


def identity(database: Path) -> str:
    """Which file it is: SQLite never puts another in its place."""
    status = os.stat(database)
    return f"{status.st_dev}:{status.st_ino}"


def notice_damage(state: type) -> None:
    """Have the health check told of a query of `state` that SQLite refuses for a damaged file."""
    query = state.query

    def watched(self, *args, **kwargs):
        try:
            return query(self, *args, **kwargs)
        except sqlite3.DatabaseError as failure:
            # The first byte is the kind of error, what is above it says more (sqlite.org/rescode.html).
            if (getattr(failure, "sqlite_errorcode", None) or 0) & 0xFF in DAMAGES:
                DAMAGE.write_text(str(failure))
                print(f"launch-superlink: the database is damaged: {failure}", file=sys.stderr, flush=True)
            raise

    state.query = watched


def _damage(database: Path) -> str | None:
    """What SQLite finds wrong with the file, the first of it; None when it is sound or not there. 0.3 s for 200 MB."""
    if not database.exists():
        return None
    connection = sqlite3.connect(database)
    try:
        # Reading also brings back what a process that died had half written.
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as failure:
        if (failure.sqlite_errorcode or 0) & 0xFF not in DAMAGES:
            raise
        return str(failure)
    finally:
        connection.close()
    return None if found == "ok" else found.splitlines()[-1]


def _number(database: Path) -> int:
    if not database.exists():
        return 0
    connection = sqlite3.connect(database)
    try:
        return connection.execute("PRAGMA user_version").fetchone()[0]
    finally:
        connection.close()
