"""What each FLARE site does: the example's training on its own part of the digits."""

import numpy as np
import nvflare.client as flare
from digits import model
from digits.data import PIXELS, client_sets

# As pyproject.toml of the example has them.
SITES, SEED, EPOCHS, RATE, BATCH = 2, 42, 10, 0.3, 32


def main() -> None:
    """Train as long as the server asks for it."""
    flare.init()
    partition = int(flare.get_site_name().removeprefix("site-")) - 1
    while flare.is_running():
        task = flare.receive()
        if task is None:
            break
        # FLARE's NumPy model is one array: the weights with the biases as last row.
        array = np.asarray(task.params["numpy_key"], dtype=float)
        received = [array[:PIXELS], array[PIXELS]]
        train, test = client_sets(partition, SITES, SEED)
        rng = np.random.default_rng([SEED, partition, task.current_round])
        trained = model.train(received, train, epochs=EPOCHS, learning_rate=RATE, batch_size=BATCH, rng=rng)
        flare.send(flare.FLModel(
            params={"numpy_key": np.vstack(trained)},
            metrics=model.evaluate(received, test),
            meta={"NUM_STEPS_CURRENT_ROUND": len(train[1])},
        ))


main()
