"""Letters to the owners of a firm about who of the portal looks inside, and to those who asked for a copy of it all."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from tenants.models import Consent, Invitation, Organisation
from tenants.services import account_managers, members


def address(name: str, *arguments: object) -> str:
    """Return where a page is, for letters."""
    return settings.SITE_ADDRESS.rstrip("/") + reverse(name, args=arguments)


def asked(consent: Consent) -> None:
    """Tell the owners that a manager asks to look inside."""
    subject = _("%(who)s asks to look inside %(firm)s")
    _to_owners(consent, "emails/consent_asked.txt", subject)


def emergency(consent: Consent) -> None:
    """Tell the owners that the operator looks inside without having asked."""
    subject = _("%(who)s looks inside %(firm)s in an emergency")
    _to_owners(consent, "emails/consent_emergency.txt", subject)


def invited(invitation: Invitation, token: str, *, by: str) -> None:
    """Send the first owner of a firm the invitation to it."""
    with translation.override(invitation.organisation.language):
        about = {
            "firm": invitation.organisation.name,
            "by": by,
            "address": address("invitation", token),
            "days": members.INVITATION_DAYS,
        }
        subject = _("%(by)s invites you to %(firm)s on Lagom") % about
        _post(subject, render_to_string("emails/invitation.txt", about), [invitation.email])


def _to_owners(consent: Consent, template: str, subject: str) -> None:
    firm: Organisation = consent.organisation
    with translation.override(firm.language):
        about = {"who": consent.manager.email, "firm": firm.name}
        text = render_to_string(template, {"consent": consent, "firm": firm, "address": address("consents")})
        _post(subject % about, text, [owner.email for owner in account_managers.owners(firm)])


def _post(subject: str, text: str, to: list[str]) -> None:
    send_mail(" ".join(subject.split()), text, None, to)  # the outbox makes one letter of it for each
