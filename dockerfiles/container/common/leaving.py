"""Ends a process as soon as Flower has ended. Python first waits for all threads, and gRPC's may never end then: a call
that comes in at that moment ends the thread that serves all others ("cannot schedule new futures after shutdown"), and
the container stays, without a service, until it is killed. Who is cut off here asks again, as after any end."""
import logging
import os
import sys
import traceback
from collections.abc import Callable


def run_and_leave(program: Callable[[], None]) -> None:
    """Run `program` and end this process with its exit code; does not return."""
    code = 0
    try:
        program()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
