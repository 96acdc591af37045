"""What a firm's state leaves its people to do: the one check, beside that of the role."""

from django.utils.translation import gettext as _

from tenants.errors import NotAllowed
from tenants.models import Organisation
from tenants.roles import OUTSIDE, READ, Role, may

State = Organisation.State


class Suspended(NotAllowed):
    """The firm is suspended; the page says why, and whom to ask."""

    kind = "suspended"


class ReadOnly(NotAllowed):
    """Nothing in the firm may be changed now."""

    kind = "read_only"


def left_by(state: str, action: str) -> bool:
    """Tell whether a firm in this state may be asked for an action."""
    if state == State.ACTIVE:
        return True
    return action in (OUTSIDE if state == State.SUSPENDED else READ)


def allowed(organisation: Organisation, role: str, action: str) -> bool:
    """Tell whether a person with this role may do the action now."""
    return may(Role(role), action) and left_by(organisation.state, action)


def check(organisation: Organisation, role: str, action: str) -> None:
    """Raise NotAllowed in words that say whether the role or the firm's state is in the way."""
    if organisation.state == State.SUSPENDED and not allowed(organisation, role, action):
        raise Suspended(words(organisation))
    if not may(Role(role), action):
        raise NotAllowed(
            _("Your role in %(firm)s does not allow this. Ask an owner of the firm to change it.")
            % {"firm": organisation.name}
        )
    if not left_by(organisation.state, action):
        raise ReadOnly(words(organisation))


def check_program(organisation: Organisation, *, changes: bool) -> None:
    """Raise NotAllowed where the firm's state keeps programs out, or from changing anything."""
    if organisation.state == State.SUSPENDED:
        raise Suspended(words(organisation))
    if changes and organisation.state != State.ACTIVE:
        raise ReadOnly(words(organisation))


def check_work(organisation: Organisation, *, changes: bool) -> None:
    """Refuse background work that would change a firm whose state lets nothing be changed."""
    state = Organisation.objects.filter(pk=organisation.pk).values_list("state", flat=True).first()
    if changes and state != State.ACTIVE:
        organisation.state = state or State.CLOSING
        raise ReadOnly(words(organisation))


def words(organisation: Organisation) -> str:
    """Say why nothing of a firm may be changed, and what is still possible; empty while it is active."""
    about = {"firm": organisation.name}
    said = {
        State.SUSPENDED.value: _("%(firm)s is suspended. Nothing was deleted."),
        State.READ_ONLY.value: _("%(firm)s can be read and exported, but nothing in it can be changed now."),
        State.CLOSING.value: _(
            "%(firm)s is being closed. Until then it can be read and exported, and nothing in it changed."
        ),
    }
    found = said.get(organisation.state)
    return found % about if found else ""
