"""The forms of a firm's page for its account manager, and what each of them does."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from portal.forms import countries, currency_of, zones
from tenants.models import Organisation, User
from tenants.services import account_managers
from tenants.tiers import Tier

Done = Callable[[Organisation, User, dict[str, Any]], object]


class ReasonForm(forms.Form):
    """Why; each action takes a reason that the firm's owner can read."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=3,
        max_length=500,
        help_text=gettext_lazy("The firm's owner can read it."),
    )


class TierForm(ReasonForm):
    """Which tier, paid how often."""

    field_order = ["tier", "interval", "reason"]
    tier = forms.ChoiceField(label=gettext_lazy("Tier"), choices=[(t.value, t.value.capitalize()) for t in Tier])
    interval = forms.ChoiceField(
        label=gettext_lazy("Paid"), choices=[("month", gettext_lazy("monthly")), ("year", gettext_lazy("yearly"))]
    )


class TrialForm(ReasonForm):
    """How much longer."""

    field_order = ["days", "reason"]
    days = forms.IntegerField(label=gettext_lazy("Days more"), min_value=1, max_value=90, initial=14)


class DiscountForm(ReasonForm):
    """How much off, for how long."""

    field_order = ["percent", "months", "reason"]
    percent = forms.IntegerField(label=gettext_lazy("Percent off"), min_value=1, max_value=100)
    months = forms.IntegerField(label=gettext_lazy("Months"), min_value=1, max_value=36)


class CreditForm(ReasonForm):
    """How much money."""

    field_order = ["amount", "reason"]
    amount = forms.DecimalField(
        label=gettext_lazy("Euro, net"), min_value=Decimal("0.01"), max_value=Decimal(100_000), decimal_places=2
    )


class AssignForm(ReasonForm):
    """To whom."""

    field_order = ["manager", "reason"]
    manager = forms.ChoiceField(label=gettext_lazy("To"), choices=lambda: _managers(), required=False)


class NoteForm(forms.Form):
    """What to remember."""

    text = forms.CharField(
        label=gettext_lazy("Note"),
        min_length=3,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The firm's owner can read it."),
    )


class OnboardForm(ReasonForm):
    """A new firm, and who will own it."""

    field_order = ["name", "country", "time_zone", "language", "owner", "reason"]
    name = forms.CharField(label=gettext_lazy("Name of the firm"), max_length=200)
    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=countries)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zones, initial="Europe/Berlin")
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    owner = forms.EmailField(label=gettext_lazy("E-mail address of its owner"))

    def clean(self) -> dict[str, Any]:
        """Add the currency of the country."""
        data = super().clean() or {}
        return {**data, "currency": currency_of(data.get("country", ""))}


def _managers() -> list[tuple[str, str]]:
    own = [(str(one.pk), one.user.email) for one in account_managers.every() if one.active]
    return [("", _("nobody: the operator")), *own]


def _assign(organisation: Organisation, by: User, data: dict[str, Any]) -> None:
    chosen = int(data["manager"]) if data["manager"] else None
    account_managers.assign(organisation=organisation, manager_id=chosen, by=by, reason=data["reason"])


def _credit(organisation: Organisation, by: User, data: dict[str, Any]) -> None:
    account_managers.credit(organisation=organisation, cents=int(data["amount"] * 100), by=by, reason=data["reason"])


# Each action: its form, what it does, and what is said when it is done.
ACTIONS: dict[str, tuple[type[forms.Form], Done, str]] = {
    "tier": (
        TierForm,
        lambda o, by, data: account_managers.change_tier(organisation=o, by=by, **data),
        gettext_noop("Saved. Where only the buyer can confirm the payment, a letter asks them to."),
    ),
    "trial": (
        TrialForm,
        lambda o, by, data: account_managers.extend_trial(organisation=o, by=by, **data),
        gettext_noop("The trial is longer."),
    ),
    "discount": (
        DiscountForm,
        lambda o, by, data: account_managers.discount(organisation=o, by=by, **data),
        gettext_noop("The discount holds from the next invoice on."),
    ),
    "credit": (CreditForm, _credit, gettext_noop("The credit is used by the next invoices.")),
    "suspend": (
        ReasonForm,
        lambda o, by, data: account_managers.suspend(organisation=o, by=by, **data),
        gettext_noop("Suspended. Its owners can still read why, pay and export."),
    ),
    "reactivate": (
        ReasonForm,
        lambda o, by, data: account_managers.reactivate(organisation=o, by=by, **data),
        gettext_noop("Its people can work again."),
    ),
    "assign": (AssignForm, _assign, gettext_noop("The firm has another manager now.")),
    "note": (
        NoteForm,
        lambda o, by, data: account_managers.note(organisation=o, by=by, **data),
        gettext_noop("Noted."),
    ),
}


def titles() -> dict[str, str]:
    """Name the actions."""
    return {
        "note": _("Note"),
        "tier": _("Change the tier"),
        "trial": _("Extend the trial"),
        "discount": _("Give a discount"),
        "credit": _("Give a credit"),
        "assign": _("Give to another manager"),
        "suspend": _("Suspend"),
        "reactivate": _("Reactivate"),
    }


def shown(organisation: Organisation) -> list[tuple[str, str, forms.Form]]:
    """Return the forms that make sense for a firm in its state, in their order."""
    state = Organisation.State
    hidden = {"suspend"} if organisation.state in (state.SUSPENDED, state.CLOSING) else set()
    if organisation.state in (state.ACTIVE, state.CLOSING):
        hidden.add("reactivate")
    return [
        (name, word, ACTIONS[name][0](auto_id=f"{name}-%s")) for name, word in titles().items() if name not in hidden
    ]


def care_words() -> list[tuple[str, str]]:
    """Name the kinds of care, for the filter."""
    return [
        ("unpaid", _("Unpaid invoices")),
        ("failed", _("Failed imports and jobs")),
        ("trial", _("Trial ends soon")),
        ("no_data", _("Nothing uploaded")),
        ("stale", _("Old data or plan")),
        ("readiness", _("Data not ready")),
        ("adherence", _("Plan not followed")),
        ("at_risk", _("Sales at risk")),
        ("state", _("Suspended, read-only or leaving")),
    ]
