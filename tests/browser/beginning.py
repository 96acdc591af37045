"""A site without a firm, in this very process: what is sent by e-mail lies in Django's outbox."""

import contextlib
import re

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core import mail
from django.test.testcases import LiveServerThread
from playwright.sync_api import sync_playwright

from tests.browser.find_chromium import find


@contextlib.contextmanager
def running():
    """Serve the site from a thread, and give its address; every request has a connection of its own."""
    thread = LiveServerThread("localhost", StaticFilesHandler, connections_override={})
    thread.daemon = True
    thread.start()
    thread.is_ready.wait(60)
    assert thread.error is None
    try:
        yield f"http://localhost:{thread.port}"  # a security key is for a name, not for a number
    finally:
        thread.terminate()


@contextlib.contextmanager
def browser(flags):
    """Open Chromium; it is closed, and its event loop with it, before Django asks its database again."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find(), args=flags)
        try:
            yield chromium
        finally:
            chromium.close()


def link(path):
    """Find the newest letter's link whose path starts so."""
    for letter in reversed(mail.outbox):
        if found := re.search(rf"https?://[^/\s]+({path}\S+)", letter.body):
            return found[1]
    raise AssertionError(f"no letter with a link to {path}")
