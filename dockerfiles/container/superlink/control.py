"""Asks the SuperLink's Control API for something with Flower 1.22.0's own CLI, as federation docker-deployment; runs
in a container of its own. Prints one JSON document: the CLI's, or {"success": false, "reason", "error-message"}.

usage: control.py run [KEY=VALUE...] < APP.tar      submits the app that comes as a tar stream
       control.py stop RUN_ID"""
import contextlib
import io
import json
import re
import sys
import tarfile
import tomllib
from pathlib import Path

import tomli_w
from flwr.cli.app import app as flower
from flwr.cli.config_utils import validate_config
from flwr.common.config import flatten_dict, parse_config_args

APP = Path("/tmp/app")
FEDERATION = "docker-deployment"
ADDRESS = {"address": "superlink:9093", "insecure": False, "root-certificates": "/app/certificates/ca/ca.crt"}
# As in flwr.common.config.parse_config_args.
PAIR = re.compile(r"(\S+?)=('[^']*'|\"[^\"]*\"|\S+)")
# Flower looks for a valid app, also where it only needs the address.
EMPTY_APP = {
    "project": {"name": "empty", "version": "0.0.0"},
    "tool": {"flwr": {"app": {"publisher": "none", "components": {"serverapp": "none:app", "clientapp": "none:app"}}}},
}


class Refused(Exception):
    """Nothing was asked, because of `reason`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def main() -> None:
    """Do what the arguments say."""
    command, *arguments = sys.argv[1:]
    try:
        if command == "run":
            receive_app()
            # The app's package is imported to find its objects; what it prints is not our answer.
            with contextlib.redirect_stdout(io.StringIO()):
                check(arguments)
            options = [word for pair in arguments for word in ("--run-config", pair)]
            sys.argv = ["flwr", "run", str(APP), FEDERATION, "--format", "json", *options]
        else:
            APP.mkdir()
            (APP / "none.py").write_text("app = None\n")
            write_config(EMPTY_APP)
            sys.argv = ["flwr", "stop", *arguments, str(APP), FEDERATION, "--format", "json"]
    except Refused as refusal:
        print(json.dumps({"success": False, "reason": refusal.reason, "error-message": str(refusal)}))
        return
    flower()


def receive_app() -> None:
    """Unpack standard input; no .gitignore is in it, since Flower would match its rules against /tmp/app/…."""
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as archive:
        archive.extractall(APP, filter="data")
    try:
        config = tomllib.loads((APP / "pyproject.toml").read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise Refused("app-invalid", f"pyproject.toml is not valid TOML: {failure}") from failure
    write_config(config)


def write_config(config: dict) -> None:
    """Write pyproject.toml with this deployment as its federation, whatever federations it has."""
    tool = config.setdefault("tool", {})
    if isinstance(tool, dict) and isinstance(tool.setdefault("flwr", {}), dict):
        tool["flwr"]["federations"] = {FEDERATION: ADDRESS}
    (APP / "pyproject.toml").write_text(tomli_w.dumps(config))


def check(overrides: list[str]) -> None:
    """Refuse an app that is incomplete, and settings that it does not have: the latter fail only in the run."""
    config = tomllib.loads((APP / "pyproject.toml").read_text())
    try:
        valid, errors, _ = validate_config(config, True, APP)
    except SyntaxError as failure:
        where = str(failure.filename).removeprefix(f"{APP}/")
        raise Refused("app-invalid", f"{where}, line {failure.lineno}: {failure.msg}: {(failure.text or '').strip()}") from failure
    except Exception as failure:
        raise Refused("app-invalid", f"{type(failure).__name__}: {failure}") from failure
    if not valid:
        raise Refused("app-invalid", "; ".join(re.sub(r"\s+", " ", error).strip() for error in errors))
    settings = flatten_dict(config["tool"]["flwr"]["app"].get("config", {}))
    for text in overrides:
        try:
            given = parse_config_args([text])
        except (Exception, SystemExit):
            given = {}
        # Flower drops without a word what does not look like a pair.
        if not given or PAIR.sub("", text).strip():
            raise Refused("run-config-invalid", f'{text}: not pairs such as rounds=3 rate=0.1 name="x" (a text needs quotes)')
        unknown = [key for key in given if key not in settings]
        if unknown:
            raise Refused("run-config-invalid", f"the app has no setting {unknown[0]}, only {', '.join(settings) or 'none at all'}")


if __name__ == "__main__":
    main()
