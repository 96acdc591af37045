"""Reads that need several tables: what the pages and the API show, a bounded number of queries each."""

from forecasting.queries import home, money, plans, product, products, risks, runs, suppliers

__all__ = ["home", "money", "plans", "product", "products", "risks", "runs", "suppliers"]
