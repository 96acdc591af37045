"""The whole site in a real browser: one site, one browser, few page loads."""
