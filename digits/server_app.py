"""The ServerApp: federated averaging, measured after each round on images that no client sees.

It saves model.npz and metrics.json in the current directory, which in the deployment is the run's
own folder, /app/outputs/RUN_ID.
"""

import json
from pathlib import Path

import numpy as np
from flwr.app import ArrayRecord, Context, MetricRecord
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg, Result

from digits import model
from digits.data import server_test_set

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Train for the configured number of rounds and save what came out."""
    config = context.run_config
    samples = server_test_set(int(config["seed"]))

    def measure(_server_round: int, arrays: ArrayRecord) -> MetricRecord:
        return MetricRecord(model.evaluate(arrays.to_numpy_ndarrays(), samples))

    nodes = int(config["min-supernodes"])
    strategy = FedAvg(min_train_nodes=nodes, min_evaluate_nodes=nodes, min_available_nodes=nodes)
    result = strategy.start(
        grid=grid,
        initial_arrays=ArrayRecord(model.new_model()),
        num_rounds=int(config["num-server-rounds"]),
        evaluate_fn=measure,
    )
    if not result.arrays:
        raise RuntimeError("no client returned a trained model: see the ClientApps' errors")
    _save(result)


def _save(result: Result) -> None:
    weights, biases = result.arrays.to_numpy_ndarrays()
    np.savez("model.npz", weights=weights, biases=biases)
    rounds = [
        {
            "round": number,
            **metrics,
            "clients": dict(result.evaluate_metrics_clientapp.get(number, {})),
        }
        for number, metrics in result.evaluate_metrics_serverapp.items()
    ]
    Path("metrics.json").write_text(json.dumps({"rounds": rounds}, indent=2) + "\n")
    print(f"saved model.npz and metrics.json in {Path.cwd()}")
