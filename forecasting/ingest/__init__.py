"""The first step of the way: an uploaded file becomes checked rows; pure, and light to import."""

from forecasting.ingest.correction import bad_workbook, reason
from forecasting.ingest.errors import Unreadable
from forecasting.ingest.front import bad_rows, convert_file, inspect_file
from forecasting.ingest.types import BadRow, Inspection, Report, Settings

__all__ = [
    "BadRow",
    "Inspection",
    "Report",
    "Settings",
    "Unreadable",
    "bad_rows",
    "bad_workbook",
    "convert_file",
    "inspect_file",
    "reason",
]
