"""The SuperLink's log as a file, rotated by size; one that cannot be written is said and not fatal."""
import logging
import logging.handlers
import sys

from flwr.common.logger import FLOWER_LOGGER

LOG_FILE = "/app/logs/superlink.log"
FILE_BYTES, FILES = 10_000_000, 5


class LogFile(logging.handlers.RotatingFileHandler):
    """A log file that may not be writable for a while: said once, and written again when it can be."""

    _failed = _silent = False

    def emit(self, record: logging.LogRecord) -> None:
        self._failed = False
        super().emit(record)
        self._silent = self._failed

    def handleError(self, record: logging.LogRecord) -> None:
        self._failed = True
        if not self._silent:
            print(f"launch-superlink: the log file cannot be written: {sys.exception()}", file=sys.stderr, flush=True)


def keep_log() -> None:
    """Have Flower's log kept so, without what says nothing."""
    FLOWER_LOGGER.addFilter(is_news)
    try:
        handler = LogFile(LOG_FILE, maxBytes=FILE_BYTES, backupCount=FILES)
    except OSError as failure:
        print(f"launch-superlink: no log file: {failure}", file=sys.stderr)
        return
    handler.setLevel(logging.INFO)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    FLOWER_LOGGER.addHandler(handler)


def is_news(record: logging.LogRecord) -> bool:
    """Whether a record says more than that a SuperNode has asked for work: each does every 3 s, day and night."""
    return not str(record.msg).startswith("[Fleet.PullMessages]")
