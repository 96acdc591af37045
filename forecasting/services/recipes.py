"""Keeps what a run's plan was computed from, so that anyone can compute it again, and one product in another way."""

import hashlib
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from forecasting import planning
from forecasting.engine.keeping import load_forecast
from forecasting.models import Proposal, Recipe, Run
from forecasting.planning import StockState
from forecasting.planning.ingredients import Ingredients
from forecasting.planning.single import sensitivity
from forecasting.services import archives
from forecasting.words import pack
from tenants.errors import NotFound

README = """From forecast to order: the inputs of one plan.

{command}

gives the same numbers as the page, for all that is bought. FORECAST: what is expected to be sold, with sample paths.
ITEMS: terms, stock, and what was proposed before and is not ordered yet. INBOUND: what is on its way. POLICY: the
firm's rules. The columns are described in docs/planning.md.
"""


def keep(run: Run, known: Ingredients) -> Recipe:
    """Keep what the newest plan was computed from in the place of what the plan before was."""
    from forecasting.planning.exports import write_plan

    with TemporaryDirectory(prefix="plan-") as name:
        folder = Path(name)
        command = write_plan(folder, known)
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
    body = archives.zipped({**files, "README.txt": README.format(command=command).encode()})
    Recipe.objects.all().delete()
    return Recipe.objects.create(run=run, command=command, archive=body, inputs_hash=hashlib.sha256(body).hexdigest())


def of(run: Run) -> Recipe | None:
    """Return what a run's plan was computed from, without the files; None once a newer plan has been made."""
    return Recipe.objects.defer("archive").filter(run=run).first()


def archive(run: Run) -> bytes:
    """Return the files, or raise NotFound."""
    found = Recipe.objects.filter(run=run).first()
    if found is None:
        raise NotFound("There are no such files.")
    return bytes(found.archive)


def different(proposal: Proposal) -> dict[str, dict[str, Any]]:
    """Say what would be ordered if one thing were different: key -> label and units; empty where that is not known."""
    found = Recipe.objects.filter(run=proposal.run_id).first()
    if found is None or proposal.units is None or proposal.made:
        return {}
    known = _read(bytes(found.archive), proposal.run.seed)
    place = proposal.location
    name = proposal.product.sku if place is None else f"{proposal.product.sku} @ {place.code}"
    if name not in known.forecast.ids:
        return {}
    row = known.forecast.ids.index(name)
    rules = replace(known.policy, service_level=_level(proposal, known.policy), level_by_class={})
    moved = sensitivity(known.forecast, known.terms, known.stock, row, policy=rules, seed=known.seed)
    return {
        key: {"label": pack(what), "units": max(0.0, proposal.units + float(more))}
        for key, what, more in zip(moved.keys, moved.what, moved.units[0], strict=True)
        if np.isfinite(more)
    }


def _level(proposal: Proposal, policy: planning.Policy) -> float:
    """Return the level of a product's class, which it has only among all products."""
    by_class = policy.level_by_class
    return by_class.get(proposal.abc + proposal.xyz, by_class.get(proposal.abc, policy.service_level))


def _read(body: bytes, seed: int) -> Ingredients:
    from forecasting.planning.exports import read_policy
    from forecasting.planning.files import read_inbound, read_items

    with TemporaryDirectory(prefix="plan-") as name, zipfile.ZipFile(BytesIO(body)) as box:
        box.extractall(name)
        folder = Path(name)
        forecast = load_forecast((folder / "FORECAST.npz").read_bytes())
        items = read_items(folder / "ITEMS.csv", forecast.ids)
        coming = folder / "INBOUND.csv"
        stock = read_inbound(coming, forecast.ids, items) if coming.exists() else StockState(items.on_hand)
        policy = read_policy((folder / "POLICY.json").read_text(encoding="utf-8"))
    return Ingredients(forecast, items.terms, stock, policy, seed, items.standing)
