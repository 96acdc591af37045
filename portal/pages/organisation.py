"""The firm: what it is called, how it counts, by which rules it plans; and going from one firm to another."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from forecasting.services import policies
from portal.access import MemberRequest, may, person
from portal.forms import FirmForm, OrganisationForm, PolicyForm
from portal.render import render_page
from tenants.errors import NotAllowed, NotFound
from tenants.roles import Role
from tenants.roles import may as role_may
from tenants.services import organisations

FIELDS = organisations.FIELDS


@require_http_methods(["GET", "HEAD", "POST"])
@may("organisation.view")
def organisation(request: MemberRequest) -> HttpResponse:
    """Show and change the firm and its rules."""
    firm = request.organisation
    about = OrganisationForm(initial={name: getattr(firm, name) for name in FIELDS})
    rules = PolicyForm.showing(policies.current())
    if request.method == "POST":
        _refuse_unless_owner(request)
        if request.POST.get("form") == "rules":
            rules = PolicyForm(request.POST)
            if rules.is_valid():
                policies.change(by=request.user, **rules.cleaned_data)
                messages.success(request, _("Saved. The next plan follows these rules."))
                return redirect("organisation")
        else:
            about = OrganisationForm(request.POST, initial=about.initial)
            if about.is_valid():
                organisations.change(organisation=firm, by=request.user, **about.cleaned_data)
                messages.success(request, _("Saved."))
                return redirect("organisation")
    status = 422 if about.errors or rules.errors else 200
    return render_page(request, "organisation/detail.html", {"about": about, "rules": rules}, status=status)


def _refuse_unless_owner(request: MemberRequest) -> None:
    if not role_may(Role(request.membership.role), "organisation.edit"):
        raise NotAllowed(_("Only an owner can change this. Ask an owner of the firm."))


@require_http_methods(["GET", "HEAD", "POST"])
@person
def new(request: HttpRequest) -> HttpResponse:
    """Found a firm (another one, or the first)."""
    form = FirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        request.session["organisation"] = form.found(by=request.user).pk
        return redirect("home")
    return render_page(request, "organisation/form.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@person
def switch(request: HttpRequest) -> HttpResponse:
    """Go to another firm that the person belongs to."""
    wanted = request.POST.get("organisation", "")
    found = organisations.membership(user=request.user, wanted=int(wanted)) if wanted.isdigit() else None
    if found is None or str(found.organisation_id) != wanted:
        raise NotFound(_("There is no such firm."))
    request.session["organisation"] = found.organisation_id
    return redirect("home")
