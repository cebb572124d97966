"""Keeps the apps' code from this container's TLS key. stunnel needs the key under the same user id (no capability is
there to change it), so the boundary is Landlock (landlock(7)): a process restricts itself and all that it starts, for
good. Beyond it, files below /app/certificates can be neither read nor changed, and processes outside (stunnel, the entrypoint, the
health check) can be neither traced nor read through /proc; from Linux 6.12 on, nor signalled."""
import ctypes
import os
from pathlib import Path

CLOSED = "/app/certificates"
# linux/landlock.h; the system call numbers are the same on every architecture.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG, RULE_PATH_BENEATH = 1, 1
WRITE_FILE, READ_FILE = 1 << 1, 1 << 2
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG, MAKE_SYM = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 12
# What a rule about a single file may name, and what one about a directory may.
IN_FILE = WRITE_FILE | READ_FILE
IN_DIRECTORY = IN_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM
SCOPE_SIGNAL = 1 << 1
SCOPES_SINCE = 6
PR_SET_NO_NEW_PRIVS = 38


class _Ruleset(ctypes.Structure):
    _fields_ = [("handled_access_fs", ctypes.c_uint64), ("handled_access_net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


_libc = ctypes.CDLL(None, use_errno=True)


def confine() -> str | None:
    """Restrict this process and its future children; gives why it could not be done, if it could not."""
    try:
        _restrict(openings(CLOSED))
    except OSError as failure:
        return f"this host's kernel has no Landlock ({failure.strerror})"
    return None


def openings(closed: str) -> list[str]:
    """The paths whose subtrees together are the whole file system but `closed`: Landlock can allow, not forbid."""
    paths, parent = [], Path("/")
    for name in Path(closed).parts[1:]:
        paths += [str(entry) for entry in parent.iterdir() if entry.name != name and not entry.is_symlink()]
        parent /= name
    return paths


def _restrict(paths: list[str]) -> None:
    version = _call(CREATE_RULESET, None, 0, VERSION_FLAG)
    rules = _Ruleset(IN_DIRECTORY, 0, SCOPE_SIGNAL if version >= SCOPES_SINCE else 0)
    ruleset = _call(CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules) if version >= SCOPES_SINCE else 8, 0)
    for path in paths:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            # Gone since it was listed, as files in /tmp are.
            continue
        allowed = IN_DIRECTORY if os.path.isdir(path) else IN_FILE
        _call(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(_PathBeneath(allowed, descriptor)), 0)
        os.close(descriptor)
    # A no-op in this deployment's containers, and what Landlock demands of the unprivileged anywhere.
    if _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    _call(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _call(number: int, *arguments: object) -> int:
    result = _libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
