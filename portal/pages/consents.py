"""Who of the portal asks to look inside the firm: the owner allows it for a time, refuses, or ends it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.roles import Role
from tenants.services import consents as service


class GrantForm(forms.Form):
    """For how long, and whether to look or to plan as well."""

    hours = forms.IntegerField(
        label=gettext_lazy("For how many hours"),
        min_value=1,
        max_value=service.MOST_HOURS,
        initial=service.USUAL_HOURS,
        help_text=gettext_lazy("From 1 hour to 168 (seven days). You can end it at any time."),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("What they may do"),
        choices=[
            (Role.VIEWER.value, gettext_lazy("Look, and change nothing")),
            (Role.PLANNER.value, gettext_lazy("Upload, forecast and plan too")),
        ],
        initial=Role.VIEWER.value,
    )


@require_safe
@may("consents.edit")
def consents(request: MemberRequest) -> HttpResponse:
    """List who asked to look inside and what became of it."""
    rows = service.of(request.organisation)
    context = {
        "asking": [row for row in rows if row.state == "asked"],
        "inside": [row for row in rows if service.holds(row)],
        "past": [row for row in rows if row.state != "asked" and not service.holds(row)],
        "form": GrantForm(),
    }
    return render_page(request, "consents/list.html", context)


@require_POST
@may("consents.edit")
def grant(request: MemberRequest, consent_id: UUID) -> HttpResponse:
    """Let a manager in for some hours."""
    form = GrantForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose between one hour and seven days."))
        return redirect("consents")
    service.grant(organisation=request.organisation, consent_id=consent_id, by=request.user, **form.cleaned_data)
    messages.success(request, _("Allowed. Everything that is looked at is in your audit log."))
    return redirect("consents")


@require_POST
@may("consents.edit")
def refuse(request: MemberRequest, consent_id: UUID) -> HttpResponse:
    """Keep a manager out."""
    service.refuse(organisation=request.organisation, consent_id=consent_id, by=request.user)
    messages.success(request, _("Refused. Nobody has seen anything."))
    return redirect("consents")


@require_POST
@may("consents.edit")
def end(request: MemberRequest, consent_id: UUID) -> HttpResponse:
    """Show a manager out."""
    service.end(organisation=request.organisation, consent_id=consent_id, by=request.user)
    messages.success(request, _("Ended. The next thing they ask for is refused."))
    return redirect("consents")
