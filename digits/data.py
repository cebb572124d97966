"""scikit-learn's bundled digits, 1797 images of 8 x 8 pixels, split alike wherever it is asked for.

The file is read directly: importing sklearn.datasets takes a second, and every task of every
round is a new process.
"""

import gzip
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

import numpy as np

CLASSES = 10
PIXELS = 64
BRIGHTEST = 16.0
# Of all images for the server, and of each client's own for its evaluation.
SERVER_SHARE, CLIENT_SHARE = 0.2, 0.1

Samples = tuple[np.ndarray, np.ndarray]


def server_test_set(seed: int) -> Samples:
    """Return the images that no client ever sees."""
    images, labels = _shuffled(seed)
    size = int(len(labels) * SERVER_SHARE)
    return images[:size], labels[:size]


def client_sets(partition: int, partitions: int, seed: int) -> tuple[Samples, Samples]:
    """Return what client `partition` of `partitions` trains on and evaluates on."""
    if not 0 <= partition < partitions:
        raise ValueError(f"there is no partition {partition} of {partitions}")
    images, labels = _shuffled(seed)
    rest = np.arange(int(len(labels) * SERVER_SHARE), len(labels))
    own = np.array_split(rest, partitions)[partition]
    size = max(1, int(len(own) * CLIENT_SHARE))
    test, train = own[:size], own[size:]
    return (images[train], labels[train]), (images[test], labels[test])


def _shuffled(seed: int) -> Samples:
    rows = np.loadtxt(_file(), delimiter=",")
    np.random.default_rng(seed).shuffle(rows)
    return rows[:, :PIXELS] / BRIGHTEST, rows[:, PIXELS].astype(int)


def _file() -> TextIO:
    spec = find_spec("sklearn")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("scikit-learn brings the digits; install it")
    folder = Path(spec.submodule_search_locations[0])
    return gzip.open(folder / "datasets" / "data" / "digits.csv.gz", "rt")
