"""The words of a product's forecast: its picture, its models, how they were tested."""

from django.utils.translation import gettext as _

from forecasting.engine.reasons import model_label
from forecasting.models import Run
from forecasting.queries.product import Picture
from forecasting.queries.runs import Row
from portal.translations import spoken


def demand(picture: Picture, run: Run, row: Row) -> object:
    """Draw what was sold and what is expected."""
    return None


def model_name(model: str) -> str:
    """Name a model in the reader's language."""
    return spoken(model_label(model))


def metric_name(metric: str) -> str:
    """Name a test figure in the reader's language."""
    names = {
        "pinball": _("Error of the whole range (pinball)"),
        "rmsse": _("Error of the middle (RMSSE)"),
        "mase": _("Error of the middle (MASE)"),
        "bias": _("Too high or too low (bias)"),
    }
    return names.get(metric, metric)
