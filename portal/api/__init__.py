"""The REST API: what programs read; the same queries as the pages."""
