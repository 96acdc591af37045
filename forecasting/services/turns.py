"""Whose turn it is to be planned unasked: by the tier, at the hour that the owner chose, in the firm's time."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from forecasting.models import Job, Sale
from tenants.models import AuditEntry, Organisation
from tenants.tiers import LIMITS

AT_ONCE = 200  # firms looked at in one round, so that a round ends; the others come next
# The newest turn that has come, in the firm's own time: PostgreSQL knows where clocks are moved.
DUE = """
WITH firms AS (
    SELECT o.id, o.time_zone, o.auto_day, o.auto_hour, %(every)s::jsonb ->> o.tier AS every,
           coalesce(o.auto_turn, o.created_at) AS taken, %(now)s::timestamptz AT TIME ZONE o.time_zone AS here
    FROM tenants_organisation o
    WHERE o.state = 'active' AND o.auto_runs
      AND NOT EXISTS (SELECT FROM forecasting_job j WHERE j.organisation_id = o.id AND j.kind = 'run'
                      AND j.finished_at IS NULL)
), wishes AS (
    SELECT id, time_zone, every, taken, here, CASE every
        WHEN 'week' THEN date_trunc('week', here) + make_interval(days => auto_day::int, hours => auto_hour::int)
        ELSE date_trunc('day', here) + make_interval(hours => auto_hour::int) END AS wish
    FROM firms
), turns AS (
    SELECT id, taken, CASE every WHEN 'hour' THEN date_trunc('hour', %(now)s::timestamptz)
        ELSE (CASE WHEN wish <= here THEN wish WHEN every = 'week' THEN wish - interval '7 days'
              ELSE wish - interval '1 day' END) AT TIME ZONE time_zone END AS turn
    FROM wishes
)
SELECT id, turn FROM turns WHERE turn > taken AND turn <= %(now)s ORDER BY taken, id LIMIT %(most)s
"""
# What changes a plan, as the audit log names it.
CHANGES = (
    *("upload.loaded", "upload.undone", "rows.sent", "product.", "supplier.", "location.", "channel.", "policy."),
    *("event.", "one_off.", "override.", "order.", "rates.", "routing.", "work_centre.", "decision."),
    *("organisation.changed", "billing.followed", "billing.tier_chosen"),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A firm, and the moment since which it is its turn."""

    organisation_id: int
    at: datetime


def due() -> list[Turn]:
    """Name the firms whose turn has come, who waited longest first; of many turns missed, only the newest."""
    values = {
        "every": json.dumps({tier.value: limits.run_every for tier, limits in LIMITS.items()}),
        "now": timezone.now(),
        "most": AT_ONCE,
    }
    with connection.cursor() as cursor:
        cursor.execute(DUE, values)
        return [Turn(*row) for row in cursor.fetchall()]


def take(turn: Turn, *, idle: bool) -> bool:
    """Take a turn; tell whether it was still there to be taken."""
    mine = Organisation.objects.filter(pk=turn.organisation_id, state=Organisation.State.ACTIVE, auto_runs=True)
    return bool(mine.exclude(auto_turn__gte=turn.at).update(auto_turn=turn.at, auto_idle=idle))


def changed(organisation: Organisation) -> bool:
    """Tell whether there is anything that the newest finished run did not know; in the firm's scope."""
    ran = Job.objects.filter(organisation=organisation, kind="run", state=Job.State.DONE)
    last = ran.order_by("-created_at").values_list("started_at", flat=True).first()
    if last is None:
        return Sale.objects.exists()
    news = reduce(or_, (Q(action__startswith=name) for name in CHANGES))
    tuned = Job.objects.filter(organisation=organisation, kind="tune", state=Job.State.DONE, finished_at__gte=last)
    return tuned.exists() or AuditEntry.objects.filter(news, at__gte=last).exists()
