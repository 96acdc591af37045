"""Finds a Chromium that runs, fetches one if there is none, and prints its path; the browser tests import `find`.

Run as a script it may install one: with Playwright's own download, or as root with apt-get.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PLACES = ("/usr/bin/chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
HOW = """No Chromium could be had, and the browser tests need one. Any of these helps:
  - install your system's package: apt install chromium, dnf install chromium, brew install --cask chromium
  - .venv/bin/python -m playwright install --with-deps chromium
  - LAGOM_CHROMIUM=/path/to/chromium make test"""


def candidates() -> Iterator[str]:
    """Give the places where a Chromium may be, the best first."""
    yield os.environ.get("LAGOM_CHROMIUM", "")
    yield from (shutil.which(name) or "" for name in NAMES)
    yield from PLACES
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.executable_path


def runs(path: str) -> bool:
    """Tell whether a program is there and starts; one whose libraries are missing does not."""
    if not path or not Path(path).is_file():
        return False
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def find() -> str | None:
    """Find the first Chromium that runs."""
    return next(filter(runs, candidates()), None)


def fetch() -> None:
    """Try to get one, first for this user alone, then for the machine."""
    steps = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        steps += [["apt-get", "update", "-q"], ["apt-get", "install", "-qy", "chromium"]]
    for step in steps:
        try:
            subprocess.run(step, stdout=sys.stderr, timeout=600, check=False)
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"gave up on: {' '.join(step)}\n")
        if find():
            return


def main() -> None:
    """Print the path, or say how to get one and fail."""
    if not find():
        sys.stderr.write("No Chromium found; trying to get one …\n")
        fetch()
    found = find()
    if not found:
        sys.exit(HOW)
    sys.stdout.write(found + "\n")


if __name__ == "__main__":
    main()
