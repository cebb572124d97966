"""Asks soon again for an object that is on its way: Flower 1.22.0 announces a message before its content is there, and
then waits 1 s, 2 s, 4 s up to 10 s (common/inflatable_utils.py)."""
from flwr.common import inflatable_utils

FIRST_SECONDS, MOST_SECONDS = 0.05, 1
# So many tries at most a second apart are longer than the 7200 s after which Flower gives up.
TRIES = 10_000


def retry_soon() -> None:
    """Change the defaults of Flower's pulls."""
    for function in (inflatable_utils.pull_objects, inflatable_utils.pull_and_inflate_object_from_tree):
        function.__kwdefaults__.update(initial_backoff=FIRST_SECONDS, backoff_cap=MOST_SECONDS, max_tries_per_object=TRIES)
