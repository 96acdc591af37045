"""Ties a program to the process that wants it: when that process dies, even by kill -9, the program ends too.

A script of the standard library: `python -I -S portal/supervise.py MODE --parent PID [OPTION…] -- PROGRAM…`

`exec`   changes user if asked, asks the kernel for a signal at the parent's death (Linux) and becomes the program.
`watch`  stays beside the program and looks at PID twice a second: for macOS, which has no such signal, and for
         programs whose parent is not the process to watch. SIGTERM and SIGINT are passed on; a program that has
         not ended `--grace` seconds later is killed with all its children.
"""

import argparse
import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000


def wrapped(mode: str, program: list[str], *options: str, parent: int | None = None) -> list[str]:
    """Give the command line that runs a program tied to a process, by default to this one."""
    guard = [sys.executable, "-I", "-S", str(Path(__file__).resolve()), mode]
    return [*guard, "--parent", str(parent or os.getpid()), *options, "--", *program]


def alive(pid: int) -> bool:
    """Tell whether a process runs; a dead one that nobody has collected yet counts as gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return True


def enter_user_namespace() -> None:
    """Become an ordinary user inside, who still is root to the files outside: no folder has to be opened to others."""
    uid, gid = os.geteuid(), os.getegid()
    inside = pwd.getpwnam("nobody")  # anybody who has a name, but root: PostgreSQL refuses root and the nameless
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses a user namespace")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside.pw_uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{inside.pw_gid} {gid} 1")


def become(user: str) -> None:
    """Leave root for the user asked for: `same`, `namespace`, or a name such as `nobody`."""
    if user == "same":
        return
    if user == "namespace":
        enter_user_namespace()
        return
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def die_with(parent: int, signal_number: int) -> None:
    """Ask the kernel for a signal when the parent dies; must follow any change of user, which would clear it."""
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(f"supervise: process {parent} has gone already")


def prepare(asked: argparse.Namespace, parent: int) -> None:
    """Take the user, the tie and the folder asked for, in the process that will be the program."""
    become(asked.user)
    die_with(parent, asked.signal)
    os.umask(0o077)
    if asked.folder:
        os.chdir(asked.folder)


def watch(asked: argparse.Namespace) -> int:
    """Run the program, pass signals on, stop it when the watched process is gone, and give its exit code."""
    deadline = [float("inf")]
    me = os.getpid()
    child = subprocess.Popen(  # its own session: a signal to our group reaches it once, through us
        asked.program, close_fds=False, start_new_session=True, preexec_fn=lambda: prepare(asked, me)
    )

    def stop(number: int, frame: FrameType | None = None) -> None:
        deadline[0] = min(deadline[0], time.monotonic() + asked.grace)
        child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(0.5)
        if deadline[0] == float("inf") and not alive(asked.parent):
            stop(asked.signal)
        if time.monotonic() > deadline[0]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)


def main() -> None:
    """Read the command line and run the program in the mode asked for."""
    parser = argparse.ArgumentParser(prog="supervise")
    parser.add_argument("mode", choices=["exec", "watch"])
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", type=int, default=int(signal.SIGTERM))
    parser.add_argument("--user", default="same")
    parser.add_argument("--folder")
    parser.add_argument("--grace", type=float, default=3.5)
    parser.add_argument("program", nargs="+")
    asked = parser.parse_args()
    if asked.mode == "exec":
        prepare(asked, asked.parent)
        os.execv(asked.program[0], asked.program)  # noqa: S606
    code = watch(asked)
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
