"""Limits that a reading process takes upon itself before it touches a file."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress

_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000
_FILES = 256


def confine(limits: Mapping[str, int]) -> None:
    """Limit memory, processor time, file sizes and open files; die with the parent; lose the network where possible.

    limits: bytes of `memory` and `file`, seconds of `cpu`, process id of the `parent`.
    """
    _die_with(limits["parent"])
    _without_network()
    cpu = limits["cpu"]
    wanted = [
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, cpu, cpu + 5),
        (resource.RLIMIT_FSIZE, limits["file"], limits["file"]),
        (resource.RLIMIT_NOFILE, _FILES, _FILES),
        (resource.RLIMIT_DATA, limits["memory"], limits["memory"]),
        (resource.RLIMIT_AS, limits["memory"], limits["memory"]),
    ]
    for which, soft, hard in wanted:
        with suppress(ValueError, OSError):  # macOS knows some of them by name only
            resource.setrlimit(which, (soft, hard))


def _die_with(parent: int) -> None:
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _without_network() -> bool:
    """Step into a network of its own that has no way out; false where the system forbids it."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.unshare(_NEW_NETWORK) == 0 or libc.unshare(_NEW_USER | _NEW_NETWORK) == 0)
