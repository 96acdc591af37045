"""From where, in which request and for whom the present work is done; the audit log and the program's log tell it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Acting:
    """From where, in which request and for whom somebody acts."""

    address: str | None = None
    request_id: str = ""
    on_behalf_of: str = ""


NOBODY = Acting()
_acting: ContextVar[Acting] = ContextVar("acting", default=NOBODY)


def now_acting() -> Acting:
    """Return from where, in which request and for whom the present work is done."""
    return _acting.get()


@contextmanager
def acting(**told: str | None) -> Iterator[None]:
    """Have work inside say address=, request_id= or on_behalf_of=; what is not told stays as it was."""
    token = _acting.set(replace(_acting.get(), **told))  # type: ignore[arg-type]
    try:
        yield
    finally:
        _acting.reset(token)
