"""The shops, marketplaces and planners whose exports are known by their header: one short TOML file each."""

from forecasting.ingest.shops.catalogue import NOT_A_SHOP, Reading, Shop, every, find, recognise
from forecasting.ingest.shops.shaping import Shaper

__all__ = ["NOT_A_SHOP", "Reading", "Shaper", "Shop", "every", "find", "recognise"]
