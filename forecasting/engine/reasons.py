"""Why a product got its model, in words."""

from dataclasses import dataclass

from forecasting.engine.types import Freq
from forecasting.words import Said, say

LABELS = {
    "seasonal_naive": say("seasonal naive"),
    "naive": say("last value"),
    "short_average": say("short moving average"),
    "long_average": say("long moving average"),
    "smoothing": say("exponential smoothing"),
    "theta": say("Theta"),
    "trend": say("smoothing with its linear trend"),
    "croston_sba": say("Croston SBA"),
    "tsb": say("TSB"),
    "adida": say("ADIDA"),
    "yearly_average": say("moving average with yearly season"),
    "yearly_smoothing": say("exponential smoothing with yearly season"),
    "shared_year": say("moving average with the yearly season of its category"),
    "mixture": say("mixture of simple models"),
    "global": say("global model"),
    "blend": say("global model and simple models together"),
    "prior": say("mean of like products"),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about one product; gap is its ADI, loss and naive the losses of what ships and of the
    better of two naive forecasts, the last value and last season's.

    mixed: several models are averaged, `model` leads them.
    """

    model: str
    kind: int
    gap: float
    known: int
    young: bool
    refused: int
    loss: float
    naive: float
    mixed: bool = False


def model_label(name: str) -> Said:
    """Say a model's name."""
    return LABELS.get(name) or say("%(name)s", name=name)


def reason(freq: Freq, evidence: Evidence) -> Said:
    """Say why the model was chosen: how demand comes, and how the model did against the better naive one in tests."""
    pattern = _pattern(freq, evidence)
    if evidence.refused:
        return say(
            "%(n)d impossible value was left out. %(pattern)s."
            if evidence.refused == 1
            else "%(n)d impossible values were left out. %(pattern)s.",
            n=evidence.refused,
            pattern=pattern,
        )
    if evidence.young:
        return say("%(pattern)s: not enough data, taken as one of its kind with a wide range.", pattern=pattern)
    label = model_label(evidence.model)
    if evidence.model == "seasonal_naive":
        return say("%(pattern)s: no model beat seasonal naive.", pattern=pattern)
    if evidence.model == "naive":
        return say("%(pattern)s: no model beat the last value.", pattern=pattern)
    if evidence.mixed:
        label = say("a blend led by %(model)s", model=label)
    told = evidence.naive > 0 and evidence.loss >= 0
    gain = round(100 * (1 - evidence.loss / evidence.naive)) if told else 0
    if gain == 0:
        return say("%(pattern)s: %(model)s, as it suits products of its kind.", pattern=pattern, model=label)
    if gain > 0:
        return say("%(pattern)s: %(model)s beat naive by %(gain)d %%.", pattern=pattern, model=label, gain=gain)
    return say(
        "%(pattern)s: %(model)s, best among products of its kind; naive did better here by %(gain)d %%.",
        pattern=pattern,
        model=label,
        gain=-gain,
    )


def _pattern(freq: Freq, evidence: Evidence) -> Said:
    if evidence.known == 0:
        return say("No demand is known")
    if evidence.gap == float("inf"):
        one = evidence.known == 1
        return say("Never sold in %(n)d period" if one else "Never sold in %(n)d periods", n=evidence.known)
    gap = f"{evidence.gap:.0f}" if evidence.gap >= 3 else f"{evidence.gap:.1f}"
    if evidence.kind >= 2:
        return _pausing(freq, gap, lumpy=evidence.kind == 3)
    return say("Sells steadily") if evidence.kind == 0 else say("Sells in changing amounts")


def _pausing(freq: Freq, gap: str, *, lumpy: bool) -> Said:
    match freq, lumpy:
        case "D", False:
            return say("Sells on 1 day in %(gap)s: intermittent", gap=gap)
        case "D", True:
            return say("Sells on 1 day in %(gap)s: lumpy", gap=gap)
        case "W", False:
            return say("Sells in 1 week of %(gap)s: intermittent", gap=gap)
        case "W", True:
            return say("Sells in 1 week of %(gap)s: lumpy", gap=gap)
        case _, False:
            return say("Sells in 1 month of %(gap)s: intermittent", gap=gap)
        case _:
            return say("Sells in 1 month of %(gap)s: lumpy", gap=gap)
