"""Watches what a browser does: nothing foreign, no error in the console, no broken policy, no unmeant refusal."""

import contextlib
from urllib.parse import urlsplit

# Chromium also writes each refusal into the console; refusals are judged by their status, not by that line.
REFUSAL = "Failed to load resource: the server responded with a status of"


class Watch:
    """Collects every fault of the browser contexts that it looks at."""

    def __init__(self, *addresses):
        self.hosts = {urlsplit(address).netloc for address in addresses}
        self.faults, self.allowed, self.seen = [], set(), []

    def over(self, context):
        """Look at everything that a browser context does from now on."""
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        return context

    @contextlib.contextmanager
    def meant(self, *statuses):
        """Let the site refuse inside this block."""
        before, self.allowed = self.allowed, self.allowed | set(statuses)
        yield
        self.allowed = before

    def _request(self, request):
        place = urlsplit(request.url)
        self.seen.append((request.method, request.url))
        if place.scheme not in ("data", "blob") and place.netloc not in self.hosts:
            self.faults.append(f"foreign request: {request.url} from {request.frame.url}")

    def _response(self, response):
        if response.status >= 400 and response.status not in self.allowed:
            self.faults.append(f"{response.status}: {response.request.method} {response.url}")

    def _console(self, message):
        if message.type == "error" and not message.text.startswith(REFUSAL):
            self.faults.append(f"console of {message.page.url if message.page else '?'}: {message.text}")
        if message.type == "warning" and "Content Security Policy" in message.text:
            self.faults.append(f"policy: {message.text}")
