"""The example firm: generated, seeded and believable, with the true demand kept apart."""

from forecasting.example.firm import Firm, Truth
from forecasting.example.generate import generate
from forecasting.example.panels import panel, true_panel
from forecasting.example.works import Works, works, write_works
from forecasting.example.write import write, write_truth

__all__ = [
    "Firm",
    "Truth",
    "Works",
    "generate",
    "panel",
    "true_panel",
    "works",
    "write",
    "write_truth",
    "write_works",
]
