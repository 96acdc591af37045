"""How much a firm's data allow, in words, with a button for each gap."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from forecasting.queries import readiness


def panel() -> dict[str, Any]:
    """Return score, level, word and rows of what is there and what is missing."""
    found = readiness.findings(readiness.facts())
    which = f"{reverse('products')}?show=no_stock"
    score = readiness.score(found)
    level, word = _level(score)
    fixes = _fixes()
    rows = [
        {
            "finding": each,
            "which": which if each.fix == "no_stock" else "",  # a count comes in by a file; of what, this page tells
            **dict(zip(("url", "action"), fixes.get(each.fix, ("", "")), strict=True)),
        }
        for each in found
    ]
    return {"score": score, "level": level, "word": word, "rows": rows}


def _level(score: int) -> tuple[str, str]:
    if score >= 85:
        return "green", _("Enough for good plans")
    return ("amber", _("Enough to begin")) if score >= 50 else ("red", _("Too little yet"))


def _fixes() -> dict[str, tuple[str, str]]:
    products, uploads = reverse("products"), reverse("uploads")
    return {
        "history": (uploads, _("Upload older sales")),
        "no_cost": (f"{products}?show=no_cost", _("Add costs")),
        "no_lead_time": (f"{products}?show=no_lead_time", _("Add lead times")),
        "no_stock": (uploads, _("Upload stock")),
        "uncatalogued": (f"{products}?show=uncatalogued", _("Name these products")),
        "alike": (f"{products}?show=alike", _("See these products")),
        "out": (f"{products}?show=out", _("See which ran out")),
    }
