"""Uploads that are put away, and what is asked of unclear ones."""

import pytest

from forecasting.models import Upload
from forecasting.services import looks, uploads
from tenants.errors import Conflict


def stored(state):
    return Upload.objects.create(name="a.csv", path="1/x", size=1, sha256="0" * 64, by="a@example.com", state=state)


@pytest.mark.parametrize("state", ["stored", "asking", "failed"])
def test_a_file_of_which_nothing_was_loaded_is_put_away(in_acme, alice, state):
    upload = stored(state)
    uploads.discard(upload=upload, by=alice)
    upload.refresh_from_db()
    assert upload.state == "undone"


@pytest.mark.parametrize("state", ["loading", "done"])
def test_a_file_whose_rows_are_in_is_not_put_away(in_acme, alice, state):
    upload = stored(state)
    with pytest.raises(Conflict):
        uploads.discard(upload=upload, by=alice)
    upload.refresh_from_db()
    assert upload.state == state


KEPT = {"kind": "sales", "mapping": {"sku": "Code"}, "date_order": "dmy", "decimal": ","}


def test_what_a_file_itself_tells_of_its_dates_wins_over_what_was_remembered():
    found = {"kind": "stock", "mapping": {}, "date_order": "mdy", "decimal": None}
    read = looks._as_remembered(found, KEPT)
    assert (read["kind"], read["mapping"]) == ("sales", {"sku": "Code"})
    assert (read["date_order"], read["decimal"]) == ("mdy", ",")
