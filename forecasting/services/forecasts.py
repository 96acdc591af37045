"""One run: read, close, compute, write, publish."""

import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

import forecasting
from forecasting import engine
from forecasting.engine.calendars import make_calendar
from forecasting.engine.types import Calendar, DemandPanel, Forecast
from forecasting.models import (
    FittedModel,
    Job,
    Override,
    Policy,
    ProductForecast,
    Proposal,
    Run,
    Transfer,
)
from forecasting.planning import ItemTerms, Plan, StockState
from forecasting.planning.ingredients import Ingredients
from forecasting.services import (
    accuracy,
    announcements,
    events,
    fitted,
    kits,
    money,
    oneoffs,
    overrides,
    planned,
    policies,
    production,
    progress,
    proposals,
    recipes,
    series,
    shelves,
    standing,
    terms,
)
from forecasting.services.proposals import PERIOD_DAYS
from forecasting.words import Said, pack, say
from tenants.errors import Invalid
from tenants.isolation import tenant_scope
from tenants.services import usage

READ_SECONDS = 300
BATCH = 500
SHORTEST = {"D": 28, "W": 13, "M": 6}
LONGEST = {"D": 182, "W": 52, "M": 18}


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a run is computed from."""

    series: series.Series
    policy: Policy
    terms: ItemTerms
    stock: StockState
    shelves: shelves.Shelves | None
    apart: oneoffs.Found
    announced: events.Announced
    changes: list[Override]
    horizon: int
    bills: kits.Bills
    left_out: int
    together: bool  # more places than the tier plans apart
    before: standing.Before | None = None
    kept: FittedModel | None = None
    kept_places: FittedModel | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """What a run computes; own: the engine's forecast before people's changes; plan: of products, or of shelves.

    learned: from the products, and from the shelves where there are some.
    """

    own: Forecast
    forecast: Forecast
    recipe: Ingredients
    plan: Plan
    learned: tuple[fitted.Learned, ...]
    of_shelves: Forecast | None = None


class Stages:
    """Says each stage of a run to whoever waits, and keeps how long it took."""

    def __init__(self, job: Job) -> None:
        self.job, self.took = job, []
        self.began = time.monotonic()

    def begin(self, stage: Said, total: int = 0) -> None:
        """End the stage before and begin the next."""
        self.end()
        self.took.append({**pack(stage), "seconds": 0.0})
        progress.say_stage(self.job, stage, total=total)

    def end(self) -> list[dict[str, Any]]:
        """Return the stages with their seconds."""
        now = time.monotonic()
        if self.took:
            self.took[-1]["seconds"] = round(now - self.began, 2)
        self.began = now
        return self.took


def run(job: Job) -> None:
    """Forecast and plan every product of the job's organisation, and publish it whole."""
    stages = Stages(job)
    stages.begin(say("Reading sales and stock"))
    with tenant_scope(job.organisation_id, seconds=READ_SECONDS):
        inputs = _read(job)
    n = len(inputs.series.products)
    stages.begin(say("Forecasting %(n)d product" if n == 1 else "Forecasting %(n)d products", n=n), total=n)
    own, learned = _forecast(job, inputs, inputs.series, inputs.announced, inputs.kept)
    forecast = overrides.put(own, inputs.series.products, inputs.changes)
    recipe, of_shelves, also = _recipe(job, inputs, own, forecast, stages)
    plan = _planned(job, inputs, recipe, stages)
    computed = Computed(own, forecast, recipe, plan, (learned, *also), of_shelves)
    stages.begin(say("Publishing"))
    with tenant_scope(job.organisation_id, seconds=READ_SECONDS), progress.last_step(job):
        _write(job, inputs, computed, stages)


def _recipe(
    job: Job, inputs: Inputs, own: Forecast, told: Forecast, stages: Stages
) -> tuple[Ingredients, Forecast | None, tuple[fitted.Learned, ...]]:
    """Collect what is planned: the products, or where stock is kept in several places, each product in each place."""
    held = inputs.shelves
    of_shelves: Forecast | None = None
    learned: list[fitted.Learned] = []
    if held is not None:
        n = len(held.series.products)
        stages.begin(
            say(
                "Forecasting %(n)d product in its places" if n == 1 else "Forecasting %(n)d products in their places",
                n=n,
            ),
            total=n,
        )
        found, *learned = _forecast(job, inputs, held.series, held.announced, inputs.kept_places)
        of_shelves = shelves.follow(held, found, own=own, told=told)
    rows, facts = (told, inputs) if held is None or of_shelves is None else (of_shelves, held)
    of = facts.series
    recipe = Ingredients(
        kits.silenced(rows, of.products, inputs.bills),
        facts.terms,
        facts.stock,
        policies.rules(inputs.policy),
        _seed(job),
        standing.held(inputs.before, of.products, of.places, of.as_of),
    )
    return recipe, of_shelves, tuple(learned)


def _planned(job: Job, inputs: Inputs, recipe: Ingredients, stages: Stages) -> Plan:
    n = len(recipe.forecast.ids)
    stages.begin(say("Planning %(n)d product" if n == 1 else "Planning %(n)d products", n=n), total=n)
    products = (inputs.shelves or inputs).series.products
    return kits.emptied(recipe.plan(progress.reporter(job)), products, inputs.bills)


def _forecast(
    job: Job, inputs: Inputs, of: series.Series, announced: events.Announced, before: FittedModel | None
) -> tuple[Forecast, fitted.Learned]:
    """Learn from all rows together, or use what a run of the last week learned; then forecast each."""
    calendar = _calendar(job.organisation.country, of.panel, inputs.horizon, announced.closures)
    learned = fitted.learn(of, inputs.horizon, calendar, seed=_seed(job), before=before)
    found = engine.forecast(
        of.panel,
        inputs.horizon,
        calendar=calendar,
        seed=_seed(job),
        on_progress=progress.reporter(job),
        ahead=announced.ahead,
        fitted=learned.model,
    )
    return kits.still(found, of.products, of.panel.units, inputs.bills), learned.remembering(found)


def _read(job: Job) -> Inputs:
    organisation, policy = job.organisation, policies.current()
    span = series.whole_span(organisation, policy.freq)
    apart = oneoffs.find(span[0], span[1]) if span else oneoffs.Found()
    found = series.read(organisation=organisation, freq=policy.freq, apart=apart.apart)
    # No rows must never read as "order nothing": without sales there is no run.
    if found is None or not found.products:
        raise Invalid(say("There are no sales to forecast from yet. Upload your sales first."))
    leave = planned.left_out(organisation)
    found = planned.without(found, leave)
    item_terms = terms.terms(found.products, policy=policy, organisation=organisation)
    placed = None
    if not (together := planned.as_one_place(organisation)):
        placed = shelves.terms_of(organisation=organisation, policy=policy, apart=apart.apart, leave=leave)
    horizon = max(_horizon(found.panel, one) for one in ([item_terms, placed[1]] if placed else [item_terms]))
    horizon = max(horizon, _asked_for(job, found.panel))
    announced = events.announced(found.panel, found.products, horizon, currency=organisation.currency)
    return Inputs(
        series=replace(found, panel=replace(found.panel, promo=announced.promo, price=announced.price)),
        policy=policy,
        terms=item_terms,
        stock=terms.stock(found.products, as_of=found.as_of, later=True),
        shelves=placed
        and shelves.laid_out(*placed, organisation=organisation, products=found.products, horizon=horizon),
        apart=apart,
        announced=announced,
        changes=[one for one in overrides.current(found.as_of + timedelta(days=1)) if one.product_id not in leave],
        left_out=len(leave),
        together=together,
        horizon=horizon,
        bills=kits.read(),
        before=standing.read(),
        kept=fitted.kept(policy.freq),
        kept_places=fitted.kept(policy.freq, places=True) if placed else None,
    )


def _calendar(country: str, panel: DemandPanel, horizon: int, closures: Sequence[date]) -> Calendar:
    """List the feasts of the firm's country over the past and the horizon; a country without any known has none."""
    last = panel.start + timedelta(days=int(PERIOD_DAYS[panel.freq] * (panel.units.shape[1] + horizon + 1)))
    try:
        return make_calendar(country, panel.start, last, closures=closures)
    except ValueError:
        return Calendar(closures=tuple(closures))


def _seed(job: Job) -> int:
    return int(job.details.get("seed", 0))


def _asked_for(job: Job, panel: DemandPanel) -> int:
    return min(math.ceil(job.details.get("horizon_days", 0) / PERIOD_DAYS[panel.freq]), LONGEST[panel.freq])


def _horizon(panel: DemandPanel, item_terms: ItemTerms) -> int:
    """Look as far ahead as the longest wait for goods, within bounds."""
    freq = panel.freq
    lead, review = np.nan_to_num(item_terms.lead_time_days), np.nan_to_num(item_terms.review_days, nan=7)
    late = 2 * np.nan_to_num(item_terms.lead_time_sd_days)
    wanted = int(np.ceil((lead + late + review).max(initial=0) / PERIOD_DAYS[freq])) + 2
    return min(max(wanted, SHORTEST[freq]), LONGEST[freq])


def _write(job: Job, inputs: Inputs, computed: Computed, stages: Stages) -> None:
    found, forecast, held = inputs.series, computed.forecast, inputs.shelves
    plan, stock = computed.plan, inputs.stock
    if held is not None:
        plan, stock = shelves.whole(held, plan, found.products)
    published = Run.objects.create(
        freq=forecast.freq,
        as_of=found.as_of,
        starts_on=forecast.start,
        horizon=forecast.mean.shape[1],
        levels=list(forecast.levels),
        seed=_seed(job),
        data_hash=_data_hash(inputs, computed.learned),
        engine_version=forecasting.__version__,
    )
    everything = money.Held(found.products, inputs.terms, stock, plan)
    basis = money.Basis(job.organisation, inputs.policy, found.as_of, everything, _on_shelves(held, computed.plan))
    ProductForecast.objects.bulk_create(
        accuracy.rows(published, found.panel, found.products, computed.own, forecast, inputs.changes), batch_size=BATCH
    )
    proposed = _proposals(published, inputs, computed)
    production.follow(published, production.Basis(found.products, forecast, plan, stock, inputs.terms), proposed)
    standing.explain(inputs.before, proposed, found.as_of)
    Proposal.objects.bulk_create(proposed, batch_size=BATCH)
    recipes.keep(published, computed.recipe)
    if held is not None:
        Transfer.objects.bulk_create(shelves.transfers(published, held, computed.plan), batch_size=BATCH)
    money.write(published, basis)
    for learned in computed.learned:
        fitted.keep(learned)
    undecided = _learn(inputs, computed.own)
    published.summary = {
        **accuracy.summary(computed.own, found.panel),
        "sales_until": found.as_of.isoformat(),
        "job": str(job.pk),
        "changes": len(inputs.changes),
        "left_out": inputs.left_out,
        "together": inputs.together,
        "one_offs": undecided,
        "apart": len(inputs.apart.apart),
        "learned": computed.learned[0].told(),
        "curve": proposals.curve(computed.plan.curve),
        "stages": (told := stages.end()),
        "seconds": round(sum(stage["seconds"] for stage in told), 1),
    }
    published.save(update_fields=["summary"])
    usage.count(usage.SERIES, len(found.products))
    usage.note(usage.PLANNED, len({one.product_id for one in proposed}))
    announcements.published(published)


def _on_shelves(held: shelves.Shelves | None, plan: Plan) -> money.Held | None:
    """Hand the money of every place what lies there and what is planned for it."""
    return held and money.Held(held.series.products, held.terms, held.stock, plan, held.series.places)


def _proposals(published: Run, inputs: Inputs, computed: Computed) -> list[Proposal]:
    held = inputs.shelves or inputs
    return proposals.rows(
        run=published,
        products=held.series.products,
        places=held.series.places,
        forecast=computed.of_shelves or computed.forecast,
        plan=computed.plan,
        stock=held.stock,
    )


def _data_hash(inputs: Inputs, learned: Sequence[fitted.Learned]) -> str:
    """Name all that the forecast was computed from: the series, what is announced, what people expect, what was known.

    What was learned in an earlier run is named too; learned in this run, it follows from the rest.
    """
    digest = hashlib.sha256(inputs.series.data_hash.encode())
    if inputs.shelves is not None:
        digest.update(inputs.shelves.series.data_hash.encode())
    ahead = inputs.announced.ahead
    for grid in (ahead.promo, ahead.price) if ahead else ():
        digest.update(b"-" if grid is None else np.ascontiguousarray(grid).tobytes())
    told = [(one.product_id, one.first_day, one.last_day, one.units, one.percent) for one in inputs.changes]
    digest.update(repr((inputs.announced.closures, told)).encode())
    for one in learned:
        if one.again:
            digest.update(one.data_hash.encode())
    return digest.hexdigest()


def _learn(inputs: Inputs, own: Forecast) -> int:
    """Write down what the run found beside its forecasts; return how many one-off orders wait for a decision."""
    found = inputs.series
    overrides.tell(own, found.products, inputs.changes)
    overrides.score(found.panel, found.products, found.as_of)
    return oneoffs.keep(inputs.apart)
