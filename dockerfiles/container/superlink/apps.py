"""The store of submitted apps, which Flower 1.22.0 trusts blindly: it writes over the file of an app that is submitted
again, which a full volume then leaves cut off, and a run whose app is gone stays pending for ever."""
import hashlib
import json
import os
from logging import ERROR

from flower_1_22 import unknown
from flwr.common.logger import FLOWER_LOGGER

MODULES = ("flwr.supercore.ffs.disk_ffs", "flwr.server.superlink.serverappio.serverappio_servicer")


def keep_apps_whole() -> str | None:
    """Change Flower so; gives why it was left as it is, if it was."""
    if reason := unknown(*MODULES):
        return reason
    from flwr.common.constant import Status, SubStatus
    from flwr.common.typing import RunStatus
    from flwr.server.superlink.serverappio.serverappio_servicer import ServerAppIoServicer
    from flwr.supercore.ffs.disk_ffs import DiskFfs

    get, pull = DiskFfs.get, ServerAppIoServicer.PullAppInputs

    def put_whole(self, content, meta):
        key = hashlib.sha256(content).hexdigest()
        if get_whole(self, key):
            return key
        self.base_dir.mkdir(exist_ok=True, parents=True)
        # The app itself last: without it nothing is there.
        for name, data in ((f"{key}.META", json.dumps(meta).encode()), (key, content)):
            beside = self.base_dir / f"{name}.new"
            try:
                with open(beside, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                beside.replace(self.base_dir / name)
            finally:
                beside.unlink(missing_ok=True)
        return key

    def get_whole(self, key):
        try:
            found = get(self, key)
        except (OSError, ValueError):
            return None
        return found if found and hashlib.sha256(found[0]).hexdigest() == key else None

    def pull_or_fail(self, request, context):
        try:
            return pull(self, request, context)
        except RuntimeError:
            state = self.state_factory.state()
            run_id = state.get_run_id_by_token(request.token)
            run = state.get_run(run_id) if run_id is not None else None
            if run and run.fab_hash and not self.ffs_factory.ffs().get(run.fab_hash):
                reason = f"its app is not in the SuperLink's store any more, or is damaged there (hash {run.fab_hash[:8]}): submit it again"
                FLOWER_LOGGER.log(ERROR, "Run %d cannot start: %s", run_id, reason)
                state.update_run_status(run_id, RunStatus(Status.FINISHED, SubStatus.FAILED, reason))
            raise

    DiskFfs.put, DiskFfs.get = put_whole, get_whole
    ServerAppIoServicer.PullAppInputs = pull_or_fail
    return None
