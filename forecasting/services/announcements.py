"""Tells programs what happened, in the transaction in which it happens: the events of webhooks and what they say.

Owners are told of what happens while nobody looks.
"""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from forecasting.models import Decision, Job, Order, Proposal, Run, Upload
from tenants.models import Membership, Organisation
from tenants.roles import Role
from tenants.services import webhooks

TO_ORDER = Q(units__gt=0, made=False)
MOST_TOLD = 1000  # products named in one message


def loaded(upload: Upload) -> None:
    """Tell that a file was loaded."""
    found = Upload.objects.get(pk=upload.pk)
    counts = {"rows_good": found.rows_good, "rows_bad": found.rows_bad, "rows_new": found.rows_new}
    webhooks.emit("upload.done", {"id": str(found.pk), "name": found.name, "kind": found.kind, **counts})


def published(run: Run) -> None:
    """Tell that a run is done, that its plan is there, and what of it has fallen below its reorder point."""
    job = run.summary.get("job")
    webhooks.emit("run.done", {"id": job, "as_of": run.as_of, "starts_on": run.starts_on, "freq": run.freq})
    lines = Proposal.objects.filter(run=run)
    counts = {"products": lines.values("product").distinct().count(), "orders": lines.filter(TO_ORDER).count()}
    webhooks.emit("plan.published", {"run": job, **counts})
    below = lines.filter(reorder_point__gt=F("on_hand") + F("inbound")).select_related("product", "location")
    named = [
        {
            "sku": line.product.sku,
            "location": line.location.code if line.location else None,
            "on_hand": line.on_hand,
            "inbound": line.inbound,
            "reorder_point": line.reorder_point,
        }
        for line in below.order_by("pk")[:MOST_TOLD]
    ]
    if named:
        webhooks.emit("stock.below_reorder", {"run": job, "products": named, "more": max(0, below.count() - MOST_TOLD)})


def failed(job: Job, why: object) -> None:
    """Tell programs that a run failed, and the owners where nobody had asked for it and so nobody looks."""
    if job.kind != "run":
        return
    webhooks.emit("run.failed", {"id": str(job.pk), "error": str(why)})
    earlier = Job.objects.filter(organisation_id=job.organisation_id, kind="run").exclude(finished_at=None)
    before = earlier.exclude(pk=job.pk).order_by("-created_at").first()
    if not job.by and (before is None or before.state != Job.State.FAILED):  # once, until one has worked again
        _write_to_owners(job)


def _write_to_owners(job: Job) -> None:
    firm = Organisation.objects.get(pk=job.organisation_id)
    owners = Membership.objects.filter(organisation=firm, role=Role.OWNER).order_by("pk")
    with translation.override(firm.language):
        about = {"firm": firm.name, "address": f"{settings.SITE_ADDRESS.rstrip('/')}/jobs/{job.pk}/"}
        subject = " ".join((_("No new plan for %(firm)s") % about).split())
        text = render_to_string("emails/run_failed.txt", about)
        send_mail(subject, text, None, list(owners.values_list("user__email", flat=True)))


def decided(made: Sequence[Decision]) -> None:
    """Tell which proposals were accepted, perhaps with other units; one message for all that was decided at once."""
    taken = [one for one in made if one.units > 0]
    if taken:
        told = [
            {
                "sku": one.product.sku,
                "action": one.action,
                "proposed": one.proposed,
                "units": one.units,
                "order": str(one.line.order_id) if one.line else None,
            }
            for one in taken[:MOST_TOLD]
        ]
        webhooks.emit("proposal.accepted", {"proposals": told, "more": max(0, len(taken) - MOST_TOLD)})


def sent(order: Order) -> None:
    """Tell that an order went out."""
    supplier = order.supplier.code if order.supplier else None
    told = {"id": str(order.pk), "number": order.number, "supplier": supplier, "ordered_on": order.ordered_on}
    webhooks.emit("order.sent", told)
