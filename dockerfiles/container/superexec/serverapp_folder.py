"""Flower's own flwr-serverapp, with one change: the ServerApp works in a folder of its run, /app/outputs/RUN_ID.

Flower 1.22.0 leaves it in the SuperExec's directory, where later runs overwrite what earlier ones saved."""
import os
from pathlib import Path

from flwr.server.serverapp import app

OUTPUTS = Path("/app/outputs")


def flwr_serverapp() -> None:
    """Run one ServerApp; arguments are Flower's, in sys.argv."""
    run = app.run_

    def run_in_folder(*args, context, **kwargs):
        folder = OUTPUTS / str(context.run_id)
        folder.mkdir(exist_ok=True)
        os.chdir(folder)
        return run(*args, context=context, **kwargs)

    app.run_ = run_in_folder
    app.flwr_serverapp()
