"""One check everywhere: every page of ours says who may reach it, by one of the guards of portal/access.py."""

from django.urls import URLPattern, get_resolver

# Machines ask the first, which tells nothing of any firm; programs bring files to the second, whose address is secret;
# Stripe signs what it sends to the third.
OPEN = {"healthz", "drop", "stripe_events"}


def pages(resolver=None):
    for pattern in (resolver or get_resolver()).url_patterns:
        if not isinstance(pattern, URLPattern):
            yield from pages(pattern)
        elif getattr(pattern.callback, "__module__", "").startswith("portal.pages"):
            yield pattern.name, pattern.callback


def test_every_page_has_a_guard():
    found = dict(pages())
    assert len(found) > 60
    assert {name for name, page in found.items() if not getattr(page, "guard", "")} == OPEN


def test_pages_open_to_guests_are_those_whose_address_is_a_secret():
    guests = {name for name, page in pages() if getattr(page, "guard", "") == "guest"}
    assert "invitation" in guests
    assert guests <= {"invitation", "export_download"}
