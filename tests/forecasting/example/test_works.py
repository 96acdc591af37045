"""The works of the example firm: derived without chance, complete, and readable by the importer."""

import polars as pl
import pytest

from forecasting.example import works, write_works
from forecasting.ingest.mapping import propose
from forecasting.planning.production import faults


@pytest.fixture(scope="module", params=["firm", "small"])
def made(request):
    firm = request.getfixturevalue(request.param)
    return firm, works(firm)


def test_the_bill_has_no_faults_and_what_is_made_is_no_kit(made):
    firm, own = made
    skus = [*firm.products["sku"], *own.materials["sku"]]
    lines = [*own.recipes.select("parent_sku", "component_sku", "quantity").iter_rows(), *firm.components.iter_rows()]
    assert len(set(skus)) == len(skus)
    assert faults(skus, lines) == []
    assert not set(own.recipes["parent_sku"]) & {*firm.components["kit"], *firm.components["sku"]}
    assert set(own.stock["sku"]) == set(own.materials["sku"])


def test_every_step_is_at_a_centre_that_works_and_about_fits_an_average_week(made):
    firm, own = made
    minutes = {code: weekly for code, _name, weekly in own.centres}
    parents = set(own.recipes["parent_sku"])
    assert {sku for sku, *_ in own.steps} == parents
    assert {code for _, code, *_ in own.steps} == set(minutes)
    assert all(weekly > 0 for weekly in minutes.values())
    assert own.closed is None or own.closed[0] > firm.until


def test_the_files_are_understood_by_their_headers(made, tmp_path):
    _firm, own = made
    for kind, path in write_works(own, tmp_path):
        table = pl.read_csv(path, infer_schema=False)
        best = propose(table.columns, [["" if cell is None else cell for cell in row] for row in table.head(20).rows()])
        assert best[0].kind == kind
        assert dict(best[0].mapping) == {name: name for name in table.columns}
