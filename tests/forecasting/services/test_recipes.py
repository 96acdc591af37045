"""What a plan was computed from is kept: the shell gives its numbers, and a product can be planned in another way."""

import csv
import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from forecasting import models as rows
from forecasting.planning.__main__ import main
from forecasting.services import policies, recipes
from tenants.errors import NotFound
from tenants.isolation import tenant_scope
from tests.forecasting.running import run, sell


@pytest.fixture
def firm(acme):
    with tenant_scope(acme.pk):
        yield acme


def lived(folder, body, command, monkeypatch):
    zipfile.ZipFile(io.BytesIO(body)).extractall(folder)
    monkeypatch.chdir(folder)
    assert main(command.split()[3:]) == 0
    return {row["sku"]: row for row in csv.DictReader((folder / "PLAN.csv").read_text().splitlines())}


def test_the_shell_gives_the_numbers_of_the_page_from_the_kept_files(firm, tmp_path, monkeypatch):
    sell(4)
    run(firm)
    newest = run(firm)  # the first is standing now
    found = lived(tmp_path, recipes.archive(newest), recipes.of(newest).command, monkeypatch)
    for proposal in rows.Proposal.objects.filter(run=newest).select_related("product"):
        row = found[proposal.product.sku]
        assert float(row["order_units"]) == proposal.units
        for name in ("safety_stock", "reorder_point", "order_up_to"):
            assert float(row[name]) == pytest.approx(getattr(proposal, name), abs=1e-4)


def test_only_the_newest_plans_files_are_kept(firm):
    sell(1)
    old, new = run(firm), run(firm)
    assert recipes.of(old) is None
    assert recipes.of(new).inputs_hash
    with pytest.raises(NotFound):
        recipes.archive(old)


def test_a_product_is_planned_again_with_one_thing_different(firm, monkeypatch):
    usual = policies.rules
    monkeypatch.setattr(policies, "rules", lambda policy: replace(usual(policy), sensitivity=True))
    sell(3)
    newest = run(firm)
    proposal = rows.Proposal.objects.select_related("product", "run", "location").filter(run=newest, units__gt=0)[0]
    found = recipes.different(proposal)
    assert list(found) == [
        "lead_longer",
        "lead_shorter",
        "service_higher",
        "service_lower",
        "cost_higher",
        "cost_lower",
    ]
    whole = {key: one["units"] for key, one in proposal.sensitivity.items()}
    assert {key: one["units"] for key, one in found.items()} == pytest.approx(whole, abs=1e-6)
    assert np.isfinite(list(whole.values())).all()
