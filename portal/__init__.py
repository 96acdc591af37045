"""The outside: settings, pages, API, charts, and the local servers of the demo."""
