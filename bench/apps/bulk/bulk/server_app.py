"""The ServerApp: federated averaging of a random model of `megabytes` (of 10^6 bytes), and proof that all of it travelled."""

import numpy as np
from flwr.app import ArrayRecord, Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Train, and fail when a round lacked a client."""
    rounds = int(context.run_config["num-server-rounds"])
    values = int(context.run_config["megabytes"]) * 1_000_000 // 4
    model = np.random.default_rng(42).random(values, dtype=np.float32)
    # Without evaluation each round is one message to each SuperNode and one back.
    strategy = FedAvg(fraction_evaluate=0.0, min_train_nodes=2, min_available_nodes=2)
    result = strategy.start(grid=grid, initial_arrays=ArrayRecord([model]), num_rounds=rounds)
    (trained,) = result.arrays.to_numpy_ndarrays()
    # Partitions 1 and 2 are added by the clients: 1.5 a round when both have answered, and only then.
    if not np.allclose(trained, model + 1.5 * rounds, atol=1e-3):
        raise RuntimeError(f"a round lacked a client: the mean grew by {float((trained - model).mean()):.3f}")
