"""The ClientApp: trains and evaluates on the partition of the SuperNode that it runs for."""

import numpy as np
from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from digits import model
from digits.data import Samples, client_sets

app = ClientApp()


@app.train()
def train(message: Message, context: Context) -> Message:
    """Train the global model on this client's images."""
    samples, _ = _own_sets(context)
    config = context.run_config
    server_round = message.content["config"]["server-round"]
    seed = [int(config["seed"]), int(context.node_config["partition-id"]), server_round]
    trained = model.train(
        message.content["arrays"].to_numpy_ndarrays(),
        samples,
        epochs=int(config["local-epochs"]),
        learning_rate=float(config["learning-rate"]),
        batch_size=int(config["batch-size"]),
        rng=np.random.default_rng(seed),
    )
    return _reply(message, samples, model.evaluate(trained, samples), trained)


@app.evaluate()
def evaluate(message: Message, context: Context) -> Message:
    """Evaluate the global model on images that this client does not train on."""
    _, samples = _own_sets(context)
    arrays = message.content["arrays"].to_numpy_ndarrays()
    return _reply(message, samples, model.evaluate(arrays, samples))


def _own_sets(context: Context) -> tuple[Samples, Samples]:
    return client_sets(
        int(context.node_config["partition-id"]),
        int(context.node_config["num-partitions"]),
        int(context.run_config["seed"]),
    )


def _reply(
    message: Message,
    samples: Samples,
    metrics: dict[str, float],
    arrays: model.Model | None = None,
) -> Message:
    # FedAvg weights each client's reply by num-examples.
    content = RecordDict({"metrics": MetricRecord({**metrics, "num-examples": len(samples[1])})})
    if arrays is not None:
        content["arrays"] = ArrayRecord(arrays)
    return Message(content=content, reply_to=message)
