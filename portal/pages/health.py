"""`/healthz`: whether the database, the broker and a worker answer, for load balancers and people alike."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import psycopg
import redis
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.celery import app

PATIENCE = 1.5  # seconds for all three together
FRESH = {True: 3.0, False: 1.0}  # seconds for which good and bad answers are given again: nobody floods through us
log = logging.getLogger("lagom.health")


class Silent(Exception):
    """A part that should answer does not; the text is for everybody to read."""


def ask_database() -> None:
    """Run a query over a connection of its own."""
    at = connection.settings_dict
    with psycopg.connect(
        host=at["HOST"],
        port=at["PORT"] or None,
        dbname=at["NAME"],
        user=at["USER"],
        password=at["PASSWORD"],
        connect_timeout=2,
        options="-c statement_timeout=1s",
    ) as own:
        own.execute("SELECT 1")


def ask_broker() -> None:
    """Ping the broker."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as broker:
        broker.ping()


def ask_worker() -> None:
    """Ask all workers and be content with the first that answers; a busy one answers too."""
    if not app.control.ping(timeout=1.0, limit=1):
        raise Silent("no worker has answered within 1 s")


PARTS: dict[str, Callable[[], None]] = {"database": ask_database, "broker": ask_broker, "worker": ask_worker}


def well(answers: dict[str, str]) -> bool:
    """Tell whether everything has answered."""
    return set(answers.values()) == {"ok"}


class Checks:
    """The last answers, and at most one question to each part at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.answers: dict[str, str] = {}
        self.asked_at = float("-inf")
        self.open: dict[str, Future[None]] = {}
        self.pool: ThreadPoolExecutor | None = None  # made after gunicorn has forked

    def read(self) -> dict[str, str]:
        """Give answers that are fresh, asking again when they are not."""
        with self.lock:
            if time.monotonic() - self.asked_at > FRESH[well(self.answers)]:
                self.answers = self._ask()
                self.asked_at = time.monotonic()
            return self.answers

    def _ask(self) -> dict[str, str]:
        self.pool = self.pool or ThreadPoolExecutor(len(PARTS), "health")
        for name, question in PARTS.items():
            if name not in self.open:  # one that still hangs is not asked a second time
                self.open[name] = self.pool.submit(question)
        wait(self.open.values(), PATIENCE)
        answers = {name: self._word(name, future) for name, future in self.open.items()}
        self.open = {name: future for name, future in self.open.items() if not future.done()}
        return answers

    def _word(self, name: str, future: Future[None]) -> str:
        if not future.done():
            return f"no answer within {PATIENCE} s"
        error = future.exception()
        if error is None:
            return "ok"
        log.warning("the %s does not answer: %s", name, error)
        return str(error) if isinstance(error, Silent) else f"does not answer ({type(error).__name__})"


checks = Checks()


@never_cache
@require_safe
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when everything answers, else 503 that names what does not, and nothing about any tenant."""
    answers = checks.read()
    return JsonResponse(answers, status=200 if well(answers) else 503)
