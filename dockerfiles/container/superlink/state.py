"""Prints what the SuperLink knows, as one JSON document: its SuperNodes, its runs, the end of the newest runs' logs,
the time of its clock. With `follow RUN_ID` it prints one run's status and log as they come, a JSON document a line,
until the run has finished; `after` is where a later call goes on.

Reads the SQLite state of Flower 1.22.0 (server/superlink/linkstate/sqlite_linkstate.py); that schema is nobody's
contract, so nothing else in this project knows it. Ids are signed 64-bit there and unsigned in Flower's interfaces.
usage: python3 -ISE state.py [DATABASE]
       python3 -ISE state.py follow RUN_ID AFTER [DATABASE]"""
import json
import select
import sqlite3
import sys
import time

DATABASE = "/app/data/state.db"
# Kept by launch-superlink (online.py).
ONLINE_SINCE = "/tmp/online-since.json"
# How many characters of the newest runs' logs are read, the newest first: enough for 150 rounds of the example's, and
# for the last round of those before.
LOG_ENDS = (300_000, 8_000, 8_000, 8_000, 8_000)
# A row is a few lines; without this bound a run that has said nothing would have all rows of all runs read.
NEWEST_ROWS = 50_000
FOLLOW_SECONDS = 0.3
RUN_COLUMNS = "run_id, pending_at, starting_at, running_at, finished_at, sub_status, details, fab_hash"


def main() -> None:
    """Read without a write lock, while the SuperLink runs."""
    if sys.argv[1:2] == ["follow"]:
        run_id, after, *path = sys.argv[2:]
        _follow(_connect(*path), int(run_id), int(after))
        return
    connection = _connect(*sys.argv[1:])
    nodes = connection.execute("SELECT node_id, online_until, public_key FROM node").fetchall()
    runs = connection.execute(f"SELECT {RUN_COLUMNS} FROM run ORDER BY pending_at").fetchall()
    since = _online_since()
    print(json.dumps({
        "now": time.time(),
        "nodes": [{**_node(row), "onlineSince": since.get(_unsigned(row["node_id"]))} for row in nodes],
        "runs": [_run(row) for row in runs],
        "logs": {_unsigned(row["run_id"]): _log_end(connection, row["run_id"], most) for row, most in zip(reversed(runs), LOG_ENDS)},
    }))


def _connect(path: str = DATABASE) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
    connection.row_factory = sqlite3.Row
    return connection


def _follow(connection: sqlite3.Connection, run_id: int, after: int) -> None:
    known = None
    while True:
        # The status first: a run is finished only after its last line of log was stored.
        rows = connection.execute(f"SELECT {RUN_COLUMNS} FROM run WHERE run_id = ?", (_signed(run_id),)).fetchall()
        run = _run(rows[0]) if rows else None
        lines = connection.execute(
            "SELECT rowid, log FROM logs WHERE run_id = ? AND rowid > ? ORDER BY rowid", (_signed(run_id), after)
        ).fetchall()
        after = lines[-1]["rowid"] if lines else after
        if lines or run != known or run is None:
            print(json.dumps({"run": run, "log": "".join(row["log"] for row in lines), "after": after}), flush=True)
        known = run
        if run is None or run["finishedAt"]:
            return
        # Whoever listens holds our standard input open: `docker exec` does not end what it started when it is ended.
        if select.select([sys.stdin], [], [], FOLLOW_SECONDS)[0]:
            return


def _online_since() -> dict:
    try:
        with open(ONLINE_SINCE) as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def _log_end(connection: sqlite3.Connection, run_id: int, most: int) -> str:
    newest = connection.execute("SELECT MAX(rowid) FROM logs").fetchone()[0] or 0
    parts, size = [], 0
    for (text,) in connection.execute("SELECT log FROM logs WHERE run_id = ? AND rowid > ? ORDER BY rowid DESC", (run_id, newest - NEWEST_ROWS)):
        parts.append(text)
        size += len(text)
        if size >= most:
            break
    return "".join(reversed(parts))


def _node(row: sqlite3.Row) -> dict:
    key = row["public_key"]
    return {
        "nodeId": _unsigned(row["node_id"]),
        "onlineUntil": row["online_until"],
        "publicKey": key.decode() if isinstance(key, bytes) else key,
    }


def _run(row: sqlite3.Row) -> dict:
    stages = ("finished", "running", "starting", "pending")
    stage = next((name for name in stages if row[f"{name}_at"]), "pending")
    status = f"finished:{row['sub_status']}" if stage == "finished" else stage
    return {
        "runId": _unsigned(row["run_id"]),
        "status": status,
        "details": row["details"] or "",
        "startedAt": row["pending_at"] or None,
        "finishedAt": row["finished_at"] or None,
        "appHash": row["fab_hash"] or "",
    }


def _unsigned(number: int) -> str:
    return str(number % 2**64)


def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number


if __name__ == "__main__":
    main()
