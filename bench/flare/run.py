"""Has FLARE train the example's model once; prints the seconds from submission to the end by FLARE's own account, and the
accuracy of the model on images that no site has seen, as JSON.

usage: run.py FOLDER-OF-THE-ADMINISTRATOR"""

import json
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from digits import model
from digits.data import CLASSES, PIXELS, server_test_set
from nvflare.app_common.np.recipes.fedavg import NumpyFedAvgRecipe
from nvflare.fuel.flare_api.flare_api import new_secure_session

ROUNDS, SEED = 3, 42


def main(administrator: str) -> None:
    """Submit the job, wait for its end, look at its model."""
    recipe = NumpyFedAvgRecipe(
        name="digits", model=np.zeros((PIXELS + 1, CLASSES)).tolist(), min_clients=2, num_rounds=ROUNDS, train_script="client.py"
    )
    with tempfile.TemporaryDirectory() as folder:
        recipe.export(folder)
        session = new_secure_session("admin@nvidia.com", administrator)
        try:
            job = session.submit_job(f"{folder}/digits")
            session.monitor_job(job, poll_interval=0.5)
            meta = session.get_job_meta(job)
            if meta["status"] != "FINISHED:COMPLETED":
                raise SystemExit(f"the job ended as {meta['status']}")
            (file,) = Path(session.download_job_result(job)).rglob("server.npy")
        finally:
            session.close()
    array = np.load(file)
    accuracy = model.evaluate([array[:PIXELS], array[PIXELS]], server_test_set(SEED))["accuracy"]
    hours, minutes, seconds = map(float, meta["duration"].split(":"))
    end = datetime.fromisoformat(meta["start_time"]) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    print(json.dumps({"seconds": end.timestamp() - meta["submit_time"], "accuracy": accuracy}))


main(sys.argv[1])
