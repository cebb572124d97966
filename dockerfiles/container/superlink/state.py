"""Prints what the SuperLink knows, as one JSON document: its SuperNodes, its runs, the time of its clock.

Reads the SQLite state of Flower 1.22.0 (server/superlink/linkstate/sqlite_linkstate.py); that schema is nobody's
contract, so nothing else in this project knows it. Ids are signed 64-bit there and unsigned in Flower's interfaces.
usage: python3 -ISE state.py [DATABASE]"""
import json
import sqlite3
import sys
import time

DATABASE = "/app/data/state.db"


def main() -> None:
    """Read without a write lock, while the SuperLink runs."""
    path = sys.argv[1] if len(sys.argv) > 1 else DATABASE
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
    connection.row_factory = sqlite3.Row
    nodes = connection.execute("SELECT node_id, online_until, public_key FROM node").fetchall()
    runs = connection.execute(
        "SELECT run_id, pending_at, starting_at, running_at, finished_at, sub_status, details FROM run ORDER BY pending_at"
    ).fetchall()
    print(json.dumps({"now": time.time(), "nodes": [_node(row) for row in nodes], "runs": [_run(row) for row in runs]}))


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
    }


def _unsigned(number: int) -> str:
    return str(number % 2**64)


if __name__ == "__main__":
    main()
