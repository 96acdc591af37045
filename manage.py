#!/usr/bin/env python
"""Runs Django's commands; when no DATABASE_URL is given, over the embedded servers."""

import os
import socket
import sys
from contextlib import AbstractContextManager, nullcontext

from portal import embedded


def prepare_demo() -> None:
    """Refuse what would make the demo fail before anything starts, and tell the settings its address."""
    runner = embedded.runner(embedded.var_folder())
    if runner and not os.environ.get("DATABASE_URL"):
        sys.exit(f"The servers of this checkout already run in {runner}, and would end with it. Stop it first.")
    port = os.environ.setdefault("PORT", "8000")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that has just been left is free
        try:
            probe.bind(("127.0.0.1", int(port)))
        except (OSError, OverflowError, ValueError):
            sys.exit(f"Port {port} cannot be had: something else may use it. Choose another: make demo PORT=8123")
    os.environ.setdefault("SITE_ADDRESS", f"http://127.0.0.1:{port}")


def servers() -> AbstractContextManager[embedded.Servers | None]:
    """Choose the embedded servers unless both addresses are given."""
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if len(missing) == 1:
        sys.exit(f"{missing[0]} is not set: give both DATABASE_URL and REDIS_URL, or neither for the embedded servers.")
    return embedded.running(embedded.var_folder()) if missing else nullcontext()


def main() -> None:
    """Run the command of the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if sys.argv[1:2] == ["demo"]:
        prepare_demo()
    try:
        with servers() as found:
            if found:
                os.environ.update(found.environment())
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)
    except embedded.EmbeddedError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
