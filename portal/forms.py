"""Forms: each field's clean gives the domain's type."""

from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from allauth.core import context
from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from forecasting.models import Channel, Policy
from forecasting.services.channels import FEES
from tenants.models import User
from tenants.roles import Role
from tenants.services import organisations

CURRENCIES = ("CNY", "EUR", "USD", "GBP", "JPY", "HKD", "TWD", "SGD", "KRW", "INR", "AUD", "CAD", "CHF", "SEK", "NOK")
CURRENCIES += ("DKK", "PLN", "CZK", "HUF", "RON", "TRY", "BRL", "MXN", "ZAR", "VND", "THB", "MYR", "IDR", "PHP", "NZD")
NO_COUNTRY = {"ZZ", "EU", "UN", "EZ", "XA", "XB", "QO"}
# Where most people of a country with several time zones live.
MAIN_ZONES = {"US": "America/New_York", "CN": "Asia/Shanghai", "CA": "America/Toronto", "BR": "America/Sao_Paulo"}
MAIN_ZONES |= {"AU": "Australia/Sydney", "MX": "America/Mexico_City", "ID": "Asia/Jakarta", "RU": "Europe/Moscow"}
MAIN_ZONES |= {"DE": "Europe/Berlin", "ES": "Europe/Madrid", "PT": "Europe/Lisbon", "NZ": "Pacific/Auckland"}
NO_PLACE = ("Etc", "System", "posix", "right")


@cache
def country_names(language: str) -> tuple[tuple[str, str], ...]:
    """List the countries by name in a language."""
    names = Locale.parse(to_locale(language)).territories
    return tuple(
        sorted(
            (
                (code, name)
                for code, name in names.items()
                if len(code) == 2 and code.isalpha() and code not in NO_COUNTRY
            ),
            key=lambda pair: pair[1],
        )
    )


def countries() -> list[tuple[str, str]]:
    """List the countries in the reader's language, with nothing chosen first."""
    return [("", ""), *country_names(get_language() or "en")]


def zones() -> list[tuple[str, str]]:
    """List the time zones that have a place in their name."""
    return [
        ("UTC", "UTC"),
        *((name, name) for name in sorted(available_timezones()) if "/" in name and not name.startswith(NO_PLACE)),
    ]


def currency_of(country: str) -> str:
    """Guess the currency of a country."""
    found = get_territory_currencies(country, tender=True)
    return found[-1] if found else "EUR"


def country_of(languages: str) -> str:
    """Guess the country from what a browser says of its languages ("de-AT,de;q=0.9"); empty when it says too little.

    >>> country_of("de-AT,de;q=0.9"), country_of("zh"), country_of("en")
    ('AT', 'CN', '')
    """
    for part in languages.split(","):
        words = part.partition(";")[0].strip().replace("_", "-").split("-")
        if len(words) > 1 and len(words[-1]) == 2:
            return words[-1].upper()
        likely = get_global("likely_subtags").get(words[0].lower(), "") if words[0].lower() != "en" else ""
        if likely:
            return str(likely).rpartition("_")[2]
    return ""


def zone_of(country: str) -> str:
    """Guess the time zone of a country, where the browser did not say one."""
    if country in MAIN_ZONES:
        return MAIN_ZONES[country]
    found = sorted(zone for zone, place in get_global("zone_territories").items() if place == country)
    return next((zone for zone in found if zone in available_timezones()), "UTC")


class FirmForm(forms.Form):
    """Found a firm: its name and where it is; the rest is guessed, and can be said here or changed later."""

    firm = forms.CharField(label=_("Name of your firm"), max_length=200)
    country = forms.ChoiceField(label=_("Country"), choices=countries)
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=[("", _("as usual in the country")), *((code, code) for code in CURRENCIES)],
        required=False,
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, required=False)
    time_zone = forms.CharField(
        label=_("Time zone"), required=False, widget=forms.TextInput(attrs={"data-time-zone": ""})
    )

    GUESSED = ("currency", "language", "time_zone")

    class Media:
        js = ["js/zone.js"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = get_language() or settings.LANGUAGE_CODE
        if request := context.request:  # allauth's pages and ours alike
            guess = country_of(request.headers.get("Accept-Language", ""))
            self.fields["country"].initial = guess if guess in dict(countries()) else None

    def clean_time_zone(self) -> str:
        """Take the browser's time zone if it is one, else the country's."""
        zone = self.cleaned_data["time_zone"]
        return zone if zone in available_timezones() else zone_of(self.cleaned_data.get("country", ""))

    def found(self, *, by: User) -> organisations.Organisation:
        """Found the firm."""
        data = self.cleaned_data
        return organisations.found(
            by=by,
            name=data["firm"],
            country=data["country"],
            currency=data["currency"] or currency_of(data["country"]),
            time_zone=data["time_zone"],
            language=data["language"] or get_language() or settings.LANGUAGE_CODE,
        )

    def asked(self) -> list[forms.BoundField]:
        """List the fields that everybody fills in."""
        return [field for field in self if field.name not in self.GUESSED]

    def guessed(self) -> list[forms.BoundField]:
        """List the fields that are guessed."""
        return [field for field in self if field.name in self.GUESSED]


class SignupForm(FirmForm):
    """What sign-up asks beside e-mail and password; somebody who was invited founds no firm."""

    field_order = ["email", "password1", "firm", "country", "currency", "language", "time_zone"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        request = context.request  # the sign-up page gives its forms nothing else to know where a person comes from
        asked = {**request.GET.dict(), **request.POST.dict()} if request else {}
        if asked.get("next", "").startswith("/invitations/"):
            for name in FirmForm.base_fields:
                del self.fields[name]

    def signup(self, request: HttpRequest, user: User) -> None:
        """Found the firm of a person who has just signed up; a guest goes on to the invitation."""
        if "firm" in self.fields:
            self.found(by=user)


class OrganisationForm(forms.Form):
    """What the firm is called, where it is, how it counts."""

    name = forms.CharField(label=_("Name of your firm"), max_length=200)
    country = forms.ChoiceField(label=_("Country"), choices=countries)
    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands on your orders."),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    language = forms.ChoiceField(label=_("Language of the firm"), choices=settings.LANGUAGES)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        now = self.initial.get("currency")
        if now and now not in CURRENCIES:
            self.fields["currency"].choices = [(now, now), *self.fields["currency"].choices]


class AutoForm(forms.Form):
    """When the portal plans by itself."""

    auto_runs = forms.BooleanField(label=_("Plan by itself"), required=False)
    auto_day = forms.TypedChoiceField(
        label=_("Day"), coerce=int, choices=[(n, WEEKDAYS[n]) for n in range(7)], empty_value=0
    )
    auto_hour = forms.TypedChoiceField(
        label=_("Hour"), coerce=int, choices=[(n, f"{n:02}:00") for n in range(24)], empty_value=5
    )

    def __init__(self, *args: Any, every: str = "week", zone: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["auto_hour"].help_text = _("In the time of your firm: %(zone)s.") % {"zone": zone}
        for name in {"day": ("auto_day",), "hour": ("auto_day", "auto_hour")}.get(every, ()):
            del self.fields[name]


def _percent(label: str, help_text: str = "") -> forms.FloatField:
    return forms.FloatField(label=label, help_text=help_text, min_value=0, max_value=100)


def _waiting(label: str, help_text: str) -> forms.FloatField:
    return forms.FloatField(label=label, help_text=help_text, min_value=0, max_value=365, required=False)


def _level(label: str, help_text: str = "") -> forms.FloatField:
    return forms.FloatField(label=label, help_text=help_text, min_value=50, max_value=99.9, required=False)


class PolicyForm(forms.Form):
    """The rules of the plan for products that have none of their own; shares are asked for as percent."""

    freq = forms.ChoiceField(
        label=_("Plan in"),
        choices=[(Policy.Freq.DAY, _("days")), (Policy.Freq.WEEK, _("weeks")), (Policy.Freq.MONTH, _("months"))],
        help_text=_("Weeks suit most firms. Days need many sales of each product, months suit spare parts."),
    )
    service_level = forms.FloatField(
        label=_("Service level in %"),
        min_value=50,
        max_value=99.9,
        help_text=_("How often stock should last until the next delivery. 95 means: in 19 of 20 order cycles."),
    )
    level_a = _level(_("Service level of A products in %"), _("The few products that earn most. Empty: as above."))
    level_b = _level(_("Service level of B products in %"))
    level_c = _level(_("Service level of C products in %"), _("The many that earn little: here it may be lower."))
    review_days = forms.FloatField(
        label=_("Days between two orders"), min_value=1, max_value=365, help_text=_("How often you order: 7 is weekly.")
    )
    lead_time_days = forms.FloatField(
        label=_("Lead time in days where none is known"),
        min_value=0,
        max_value=730,
        required=False,
        help_text=_("Leave empty if you are not sure: products without a lead time then get no proposal, and say so."),
    )
    capital_rate = _percent(_("Cost of capital, % a year"), _("What the bank or your own money costs."))
    storage_rate = _percent(_("Storage and insurance, % a year"))
    risk_rate = _percent(_("Ageing and loss, % a year"))
    receivable_days = _waiting(_("Days until customers pay you"), _("0 where they pay at once, as in a shop."))
    payable_days = _waiting(_("Days until you pay suppliers"), _("Counted from the arrival of the goods."))

    SHARES = ("service_level", "level_a", "level_b", "level_c", "capital_rate", "storage_rate", "risk_rate")

    @classmethod
    def showing(cls, policy: Policy) -> "PolicyForm":
        """Fill the form from what holds today."""
        values = {name: getattr(policy, name) for name in cls.base_fields}
        return cls(
            initial={**values, **{name: f"{values[name] * 100:.6g}" for name in cls.SHARES if values[name] is not None}}
        )

    def clean(self) -> dict[str, object]:
        """Turn percent into shares."""
        data = super().clean() or {}
        return {**data, **{name: data[name] / 100 for name in self.SHARES if data.get(name) is not None}}


def _fee(label: str, most: int | None = None) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=0, max_value=most, required=False)


class ChannelForm(forms.Form):
    """What selling through a channel costs; empty means not known, 0 means none."""

    code = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=300, required=False)
    own = forms.NullBooleanField(
        label=_("Whose shop is it?"),
        widget=forms.Select(choices=[("", _("not known")), ("true", _("my own")), ("false", _("a marketplace"))]),
        required=False,
    )
    fee_percent = _fee(_("Platform fee, % of price"), 100)
    fee_fixed = _fee(_("Platform fee per unit"))
    payment_percent = _fee(_("Payment fee, % of price"), 100)
    payment_fixed = _fee(_("Payment fee per order"))
    shipping_per_unit = _fee(_("Shipping per unit"))
    ad_cost_percent = _fee(_("Advertising, % of price"), 100)
    return_cost = _fee(_("Handling of one returned unit"))

    @classmethod
    def showing(cls, channel: Channel) -> "ChannelForm":
        """Fill the form from what is known."""
        values = {name: getattr(channel, name) for name in ("code", "name", "own", *FEES)}
        tidy = {name: value.normalize() if isinstance(value, Decimal) else value for name, value in values.items()}
        return cls(initial=tidy, auto_id=f"channel-{channel.pk}-%s")


ROLES = [
    (Role.OWNER.value, _("Owner")),
    (Role.PLANNER.value, _("Planner")),
    (Role.ACCOUNTANT.value, _("Accountant")),
    (Role.VIEWER.value, _("Viewer")),
]


class InviteForm(forms.Form):
    """Ask somebody to join."""

    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=Role.PLANNER.value)


class RoleForm(forms.Form):
    """Give a member another role."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES)


class YouForm(forms.Form):
    """What a person is called, and the language of letters and pages."""

    name = forms.CharField(label=_("Name"), max_length=150, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
