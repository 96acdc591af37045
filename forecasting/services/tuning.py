"""Tunes the scalars of the plan on the organisation's own past, keeps what was surely better, and takes it back."""

from dataclasses import replace
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from forecasting.engine.types import DemandPanel
from forecasting.models import Job, Policy
from forecasting.planning import ItemTerms
from forecasting.planning.tuning import Tuned, tune
from forecasting.services import kits, policies, progress, series, terms
from forecasting.words import pack, say
from tenants.errors import Conflict, Invalid
from tenants.isolation import tenant_scope
from tenants.models import User
from tenants.services import audit

READ_SECONDS = 300


def run(job: Job) -> None:
    """Try the scalars on windows of the past, and keep in the rules what was surely better and what was found."""
    progress.say_stage(job, say("Reading the past"))
    with tenant_scope(job.organisation_id, seconds=READ_SECONDS):
        policy = policies.current()
        panel, item_terms, until = _read(job, policy)
    progress.say_stage(job, say("Trying the plan on the past"), total=1)
    found = tune(
        panel, item_terms, policy=policies.rules(policy), seed=int(job.details.get("seed", 0)),
        on_progress=progress.reporter(job),
    )  # fmt: skip
    progress.say_stage(job, say("Publishing"))
    with tenant_scope(job.organisation_id, seconds=READ_SECONDS), progress.last_step(job):
        _keep(found, policies.current(), until, job.by)


def _read(job: Job, policy: Policy) -> tuple[DemandPanel, ItemTerms, str]:
    found = series.read(organisation=job.organisation, freq=policy.freq)
    if found is None or not found.products:
        raise Invalid(say("There are no sales to tune the plan on yet. Upload your sales first."))
    known = terms.terms(found.products, policy=policy, organisation=job.organisation)
    together = kits.among(found.products, kits.read())  # a kit lies nowhere: its parts take part
    lead = np.where(together, np.nan, known.lead_time_days)
    return found.panel, replace(known, lead_time_days=lead), found.as_of.isoformat()


def _keep(found: Tuned, policy: Policy, until: str, by: str) -> None:
    """Write down what was tried; what was accepted is in force until it is taken back."""
    before = {"lean": policy.lean, "cushion": policy.cushion}
    told = {"at": timezone.now().isoformat(), "until": until, "by": by, "accepted": found.accepted}
    told |= {"told": pack(found.told), "arms": [_arm(arm) for arm in found.arms]}
    force = policy.tuned.get("force")
    if found.accepted:
        policy.lean, policy.cushion = found.policy.lean, found.policy.cushion
        force = {"lean": policy.lean, "cushion": policy.cushion, "before": before, "until": until, "at": told["at"]}
    policy.tuned = {**told, "force": force}
    policy.save()


def _arm(arm: Any) -> dict[str, Any]:
    return {
        "lean": round(arm.lean, 4),
        "cushion": round(arm.cushion, 4),
        "gain": round(arm.gain, 5),
        "twice": round(2 * arm.error, 5),
        "sure": arm.sure,
    }


def undo(*, by: User) -> None:
    """Plan again as before the last tuning that was accepted."""
    policy = policies.current()
    force = policy.tuned.get("force")
    if not force:
        raise Conflict(_("No tuning is in force."))
    policy.lean, policy.cushion = force["before"]["lean"], force["before"]["cushion"]
    policy.tuned = {**policy.tuned, "force": None}
    policy.save()
    audit.record("policy.tuning_undone", by=by, lean=policy.lean, cushion=policy.cushion)
