"""Makers: bills of material, net requirements with pegging, and production orders on finite capacity. Pure."""

from forecasting.planning.production.bills import (
    Bill,
    Circular,
    explode,
    faults,
    flattened,
    low_level_codes,
    told,
    unkitted,
)
from forecasting.planning.production.buffers import Waits, buffers, goes_into
from forecasting.planning.production.capacity import Capacity, Jobs, Levelled, level
from forecasting.planning.production.requirements import Items, Need, Planned, Requirements, require
from forecasting.planning.production.schedules import Consequence, Schedule, Works, lost_units, schedule

__all__ = [
    "Bill",
    "Capacity",
    "Circular",
    "Consequence",
    "Items",
    "Jobs",
    "Levelled",
    "Need",
    "Planned",
    "Requirements",
    "Schedule",
    "Waits",
    "Works",
    "buffers",
    "explode",
    "faults",
    "flattened",
    "goes_into",
    "level",
    "lost_units",
    "low_level_codes",
    "require",
    "schedule",
    "told",
    "unkitted",
]
