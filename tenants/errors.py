"""What a person did that cannot be done, in the words they will read."""

from collections.abc import Mapping, Sequence


class PortalError(Exception):
    """Tell a person why not, and what to do next; children name the kind."""

    status = 400
    kind = "error"

    def __init__(self, message: object, *, errors: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.errors = list(errors)

    def __str__(self) -> str:
        return str(self.message)


class Invalid(PortalError):
    """The input is not what was expected."""

    status = 422
    kind = "invalid"


class Conflict(PortalError):
    """The state has moved on."""

    status = 409
    kind = "conflict"


class NotAllowed(PortalError):
    """The person may not do this."""

    status = 403
    kind = "not_allowed"


class NotFound(PortalError):
    """There is no such thing, or it is not theirs: the same answer."""

    status = 404
    kind = "not_found"


class LimitReached(PortalError):
    """The tier does not reach that far."""

    status = 402
    kind = "limit_reached"


class TooLarge(PortalError):
    """The body is larger than what is taken."""

    status = 413
    kind = "too_large"


class NoRoom(PortalError):
    """The disk is too full to keep this safely."""

    status = 507
    kind = "no_room"
