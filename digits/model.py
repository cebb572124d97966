"""Softmax regression: weights, training by stochastic gradient descent, and how good it is."""

import numpy as np

from digits.data import CLASSES, PIXELS, Samples

Model = list[np.ndarray]


def new_model() -> Model:
    """Return weights and biases that know nothing."""
    return [np.zeros((PIXELS, CLASSES)), np.zeros(CLASSES)]


def train(
    model: Model,
    samples: Samples,
    *,
    epochs: int,
    learning_rate: float,
    batch_size: int,
    rng: np.random.Generator,
) -> Model:
    """Return the model after `epochs` passes over the samples."""
    weights, biases = (array.copy() for array in model)
    images, labels = samples
    for _ in range(epochs):
        order = rng.permutation(len(labels))
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            error = _probabilities([weights, biases], images[batch])
            error[np.arange(len(batch)), labels[batch]] -= 1
            weights -= learning_rate * images[batch].T @ error / len(batch)
            biases -= learning_rate * error.mean(axis=0)
    return [weights, biases]


def evaluate(model: Model, samples: Samples) -> dict[str, float]:
    """Return accuracy and mean cross-entropy."""
    images, labels = samples
    probabilities = _probabilities(model, images)
    likelihood = probabilities[np.arange(len(labels)), labels]
    return {
        "accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
        "loss": float(-np.log(np.maximum(likelihood, 1e-12)).mean()),
    }


def _probabilities(model: Model, images: np.ndarray) -> np.ndarray:
    weights, biases = model
    scores = images @ weights + biases
    scores -= scores.max(axis=1, keepdims=True)
    exponentials = np.exp(scores)
    return exponentials / exponentials.sum(axis=1, keepdims=True)
