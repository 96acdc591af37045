"""The house's tags and filters, known to every template: figures, dates, icons, form fields, repeated blocks."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.forms import BoundField, CheckboxInput, FileInput, Select
from django.forms.boundfield import BoundWidget
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal import charts, formats, translations

register = template.Library()


def language() -> str:
    """Name the reader's language."""
    return get_language() or "en"


def currency_of(holder: object) -> str:
    """Read a currency from an organisation or from its own code."""
    return holder if isinstance(holder, str) and holder else str(getattr(holder, "currency", "") or "EUR")


# ── Figures ──


@register.filter
def money(value: formats.Number | None, holder: object) -> str:
    """Write an amount exactly: {{ order.total|money:organisation }}."""
    return formats.money(value, currency_of(holder), language())


@register.filter
def cents(value: int | None, holder: object) -> str:
    """Write an amount that is counted in cents: {{ invoice.net_cents|cents:"EUR" }}."""
    return formats.money(None if value is None else Decimal(value) / 100, currency_of(holder), language())


@register.filter
def unit_money(value: formats.Number | None, holder: object) -> str:
    """Write what one unit costs, with as many decimals as it has."""
    return formats.unit_money(value, currency_of(holder), language())


@register.filter
def money_rounded(value: formats.Number | None, holder: object) -> str:
    """Write an amount without cents, for columns."""
    return formats.money_rounded(value, currency_of(holder), language())


@register.filter
def money_short(value: formats.Number | None, holder: object) -> SafeString:
    """Write three significant digits with the exact amount on hover, for tiles."""
    currency = currency_of(holder)
    exact = formats.money(value, currency, language())
    return format_html('<span title="{}">{}</span>', exact, formats.money_short(value, currency, language()))


@register.filter
def units(value: formats.Number | None, unit: object = "") -> str:
    """Write a quantity, with its unit when one is given: {{ line.units|units:product.unit }}."""
    number = formats.units(value, language())
    return f"{number} {unit}" if unit and number != formats.DASH else number


@register.filter
def units_short(value: formats.Number | None) -> SafeString:
    """Write three significant digits with the exact quantity on hover."""
    return format_html(
        '<span title="{}">{}</span>', formats.units(value, language()), formats.units_short(value, language())
    )


@register.filter
def percent(value: formats.Number | None, decimals: int | None = None) -> str:
    """Write a fraction as percent."""
    return formats.percent(value, language(), decimals=decimals)


@register.filter
def counted(value: formats.Number | None, decimals: int = 2) -> int:
    """Count a figure for grammar: 1 where it reads as one, else 2; {% blocktranslate count n=units|counted %}."""
    return 1 if value is not None and round(value, decimals) == 1 else 2


@register.filter
def days(value: formats.Number | None) -> str:
    """Write a number of days with its word."""
    return formats.days(value, language())


# ── Dates ──


def _local(value: datetime) -> datetime:
    """Move a moment to the reader's time zone."""
    return timezone.localtime(value) if timezone.is_aware(value) else value


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a date with its weekday: "Mon 23 Nov"."""
    plain = _local(value).date() if isinstance(value, datetime) else value
    return formats.day(plain, language(), today=timezone.localdate())


@register.filter
def month(value: date) -> str:
    """Write a month for an axis."""
    return formats.month(value, language())


@register.filter
def due(value: date | None) -> str:
    """Write by when something is to be done: "today", also when the day has passed, or "by Wed 25 Nov"."""
    if value is None:
        return formats.DASH
    return _("today") if value <= timezone.localdate() else _("by %(day)s") % {"day": day(value)}


@register.filter
def moment(value: datetime | None) -> str:
    """Write a date and time: "Mon 23 Nov, 06:10"."""
    return formats.moment(_local(value) if value else None, language(), today=timezone.localdate())


@register.filter
def ago(value: datetime | None) -> SafeString:
    """Write how long ago, with the moment itself on hover."""
    if not value:
        return SafeString(formats.DASH)
    said = formats.ago(value, language(), now=timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), moment(value), said)


# ── Words ──


@register.filter
def spoken(said: object) -> str:
    """Say a sentence of pure code in the reader's language."""
    return translations.spoken(said)


@register.simple_tag
def missing(needs: str, url: str = "") -> SafeString:
    """Show a dash and what is needed for a figure: {% missing _("add unit cost") url %}."""
    if url:
        return format_html('<span class="missing">– <a href="{}">{}</a></span>', url, needs)
    return format_html('<span class="missing">– <small>{}</small></span>', needs)


# ── Pictures (charts.py escapes the labels itself) ──


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """Draw an icon of the sprite; with a label it is read aloud, without one it is decoration."""
    place = f"{static('img/icons.svg')}#{name}"
    classes = f"icon {css}".strip()
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', classes, label, place)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', classes, place)


STATE_ICONS = {"red": "alert-circle", "amber": "alert-triangle", "green": "circle-check", "grey": "circle-dashed"}


@register.simple_tag
def state(level: str, word: str) -> SafeString:
    """Show a state as colour, icon and word: {% state "red" _("Runs out Fri") %}; levels red, amber, green, grey."""
    level = level if level in STATE_ICONS else "grey"
    return format_html('<span class="state state-{}">{}{}</span>', level, icon(STATE_ICONS[level]), word)


@register.simple_tag
def sparkline(values: list[float | None], label: str = "") -> SafeString:
    """Draw a small line of numbers, as an inline picture."""
    return SafeString(charts.sparkline(values, label=label))


@register.simple_tag
def cover_bar(days_of_stock: float | None, target: float | None, label: str = "", level: str = "") -> SafeString:
    """Draw days of stock against their target, as an inline picture."""
    return SafeString(
        charts.cover_bar(days_of_stock, target, label=label, level=level)
    )  # charts escapes the label itself


# ── Pages and forms ──


@register.simple_tag(takes_context=True)
def again(context: Context, name: str) -> str:
    """Show a block of the page a second time: the title is in <title> and in <h1>."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return block.render(context) if block else ""


@register.filter
def control(field: BoundField) -> SafeString:
    """Draw a form field's input in the house look."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        css = "form-check-input"
    else:
        css = "form-select" if isinstance(widget, Select) else "form-control"
    classes = " ".join(filter(None, [widget.attrs.get("class", ""), css, "is-invalid" if field.errors else ""]))
    return field.as_widget(attrs={"class": classes})


@register.filter
def choices(field: BoundField) -> list[BoundWidget]:
    """List the boxes or buttons of a field with several, each to be drawn with its own label."""
    options = list(field.subwidgets)
    for option in options:
        option.data["attrs"]["class"] = "form-check-input"
    return options


@register.filter
def is_check(field: BoundField) -> bool:
    """Tell whether a field is one tick box, whose label stands behind it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_file(field: BoundField) -> bool:
    """Tell whether a field takes files."""
    return isinstance(field.field.widget, FileInput)


BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"))
SYSTEMS += (("Linux", "Linux"),)


@register.filter
def browser(user_agent: str) -> str:
    """Name a browser and its system by what it says of itself: "Firefox, Windows"."""
    named = [next((name for mark, name in group if mark in user_agent), "") for group in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, named)) or _("another program")
