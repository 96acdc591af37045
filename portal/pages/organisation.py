"""The firm: what it is called, how it counts, by which rules it plans; and going from one firm to another."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from forecasting.services import channels, policies
from portal.access import MemberRequest, PersonRequest, check, may, person
from portal.forms import AutoForm, ChannelForm, FirmForm, OrganisationForm, PolicyForm
from portal.render import render_page
from tenants.errors import Invalid, NotFound
from tenants.services import organisations
from tenants.tiers import LIMITS, Tier

FIELDS = organisations.FIELDS


@require_http_methods(["GET", "HEAD", "POST"])
@may("organisation.view")
def organisation(request: MemberRequest) -> HttpResponse:
    """Show and change the firm, its rules and what its channels cost."""
    forms = {
        "about": OrganisationForm(initial={name: getattr(request.organisation, name) for name in FIELDS}),
        "auto": _auto_form(request),
        "every": LIMITS[Tier(request.organisation.tier)].run_every,
        "rules": PolicyForm.showing(policies.current()),
        "channels": [ChannelForm.showing(channel) for channel in channels.every()],
    }
    if request.method != "POST":
        return render_page(request, "organisation/detail.html", forms)
    check(request, "organisation.edit")
    name = request.POST.get("form", "")
    if name not in SAVERS:
        raise Invalid(_("Reload the page and try again."))
    form_class, save, done = SAVERS[name]
    form = _auto_form(request, request.POST) if name == "auto" else form_class(request.POST)
    if form.is_valid():
        save(request, form.cleaned_data)
        messages.success(request, _(done))
        return redirect("organisation")
    wrong = {"wrong": form} if name == "channel" else {name: form}
    return render_page(request, "organisation/detail.html", {**forms, **wrong}, status=422)


def _auto_form(request: MemberRequest, data: QueryDict | None = None) -> AutoForm:
    firm = request.organisation
    every = LIMITS[Tier(firm.tier)].run_every
    initial = {name: getattr(firm, name) for name in organisations.AUTO}
    return AutoForm(data, initial=initial, every=every, zone=firm.time_zone)


def _save_about(request: MemberRequest, data: dict[str, Any]) -> None:
    organisations.change(organisation=request.organisation, by=request.user, **data)


def _save_rules(request: MemberRequest, data: dict[str, Any]) -> None:
    policies.change(by=request.user, **data)


def _save_channel(request: MemberRequest, data: dict[str, Any]) -> None:
    channels.change(by=request.user, **data)


SAVERS: dict[str, tuple[type[Form], Callable[[MemberRequest, dict[str, Any]], None], str]] = {
    "about": (OrganisationForm, _save_about, gettext_noop("Saved.")),
    "auto": (AutoForm, _save_about, gettext_noop("Saved.")),
    "rules": (PolicyForm, _save_rules, gettext_noop("Saved. The next plan follows these rules.")),
    "channel": (ChannelForm, _save_channel, gettext_noop("Saved. The next run counts with these fees.")),
}


@require_http_methods(["GET", "HEAD", "POST"])
@person
def new(request: PersonRequest) -> HttpResponse:
    """Found a firm (another one, or the first)."""
    form = FirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.session["organisation"] = form.found(by=request.user).pk
        return redirect("home")
    return render_page(request, "organisation/form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@person
def switch(request: PersonRequest) -> HttpResponse:
    """Go to another firm that the person belongs to."""
    wanted = request.POST.get("organisation", "")
    found = organisations.membership(user=request.user, wanted=int(wanted)) if wanted.isdecimal() else None
    if found is None or str(found.organisation_id) != wanted:
        raise NotFound(_("There is no such firm."))
    request.session["organisation"] = found.organisation_id
    return redirect("home")
