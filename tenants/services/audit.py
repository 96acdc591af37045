"""Writes down who did what."""

from tenants.models import AuditEntry, User


def record(action: str, *, by: User | None, target: object = "", **detail: object) -> None:
    """Write one line of the audit log, in the transaction of the change it tells of."""
    AuditEntry.objects.create(
        actor=by.email if by else "lagom",
        action=action,
        target=str(target)[:200],
        detail={key: _plain(value) for key, value in detail.items()},
    )


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | float | str | list | dict | type(None)) else str(value)
