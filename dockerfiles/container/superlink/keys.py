"""Admits and revokes SuperNodes' keys in a SuperLink that runs, which reads auth/supernodes.csv at its start only.

Its interceptor asks the table public_key at each call of a SuperNode (fleet/grpc_rere/server_interceptor.py), and the
table node for the key's session. That is Flower 1.22.0's schema and nobody's contract, so nothing else in this project
writes to it; when it is another one, nothing is changed. Keys come on standard input as Flower keeps them: PEM
SubjectPublicKeyInfo, one after the other. Prints how many of them are in the table afterwards.
usage: python3 -ISE keys.py admit|revoke|count [DATABASE] < KEYS"""
import re
import sqlite3
import sys

DATABASE = "/app/data/state.db"
KEY = re.compile(rb"-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+-----END PUBLIC KEY-----\n")
# What `PRAGMA table_info` says: name, type, whether it is (part of) the primary key.
KEYS_TABLE = [("public_key", "BLOB", 1)]
NODE_KEY = ("public_key", "BLOB", 0)


def main() -> None:
    """Do what the arguments say, all of it or nothing."""
    command, path = sys.argv[1], (sys.argv[2:] or [DATABASE])[0]
    keys = [(key,) for key in KEY.findall(sys.stdin.buffer.read())]
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=10)
    with connection:
        check(connection)
        if command == "admit":
            connection.executemany("INSERT OR IGNORE INTO public_key (public_key) VALUES (?)", keys)
        elif command == "revoke":
            connection.executemany("DELETE FROM public_key WHERE public_key = ?", keys)
            # Its session too: it would stay in the list of SuperNodes that are online, and runs would wait for it.
            connection.executemany("DELETE FROM node WHERE public_key = ?", keys)
    known = {row[0] for row in connection.execute("SELECT public_key FROM public_key")}
    print(sum(key in known for (key,) in keys))


def check(connection: sqlite3.Connection) -> None:
    """End the program when the tables are not those of Flower 1.22.0."""
    if columns(connection, "public_key") != KEYS_TABLE or NODE_KEY not in columns(connection, "node"):
        raise SystemExit("the SuperLink's state has other tables than Flower 1.22.0's: no key was changed")


def columns(connection: sqlite3.Connection, table: str) -> list[tuple[str, str, int]]:
    """The columns of a table; none when it does not exist."""
    return [(row[1], row[2], row[5]) for row in connection.execute(f"PRAGMA table_info({table})")]


if __name__ == "__main__":
    main()
