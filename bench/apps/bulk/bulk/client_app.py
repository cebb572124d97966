"""The ClientApp: adds the number of its partition, counted from 1, to each value of the model."""

from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

app = ClientApp()


@app.train()
def train(message: Message, context: Context) -> Message:
    """Give back a model that differs from what came and from every other client's, so that nothing is sent once for two."""
    (model,) = message.content["arrays"].to_numpy_ndarrays()
    trained = model + model.dtype.type(context.node_config["partition-id"] + 1)
    content = RecordDict({"arrays": ArrayRecord([trained]), "metrics": MetricRecord({"num-examples": 1})})
    return Message(content=content, reply_to=message)
