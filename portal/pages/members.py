"""Who belongs to the firm, who is asked to, and what each may do."""

from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access import MemberRequest, may, person
from portal.forms import ROLES, InviteForm, RoleForm
from portal.render import render_page
from tenants.services import members as service


@require_safe
@may("members.view")
def members(request: MemberRequest) -> HttpResponse:
    """List members and open invitations."""
    return _page(request, InviteForm())


def _page(request: MemberRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    context = {
        "members": service.of(organisation=request.organisation),
        "invitations": service.invitations(organisation=request.organisation),
        "form": form,
        "roles": ROLES,
    }
    return render_page(request, "members/list.html", context, status=status)


@require_POST
@may("members.edit")
def invite(request: MemberRequest) -> HttpResponse:
    """Send an invitation."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    invitation, token = service.invite(organisation=request.organisation, by=request.user, **form.cleaned_data)
    _send(request, invitation.email, token)
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email})
    return redirect("members")


def _send(request: MemberRequest, email: str, token: str) -> None:
    context = {
        "firm": request.organisation.name,
        "by": request.user.email,
        "address": settings.SITE_ADDRESS.rstrip("/") + reverse("invitation", args=[token]),
        "days": service.INVITATION_DAYS,
    }
    subject = _("%(by)s invites you to %(firm)s on Lagom") % context
    send_mail(subject, render_to_string("emails/invitation.txt", context), None, [email])


@require_POST
@may("members.edit")
def role(request: MemberRequest, membership_id: int) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if form.is_valid():
        service.change_role(
            organisation=request.organisation, membership_id=membership_id, by=request.user, **form.cleaned_data
        )
        messages.success(request, _("Saved."))
    return redirect("members")


@require_POST
@may("members.edit")
def remove(request: MemberRequest, membership_id: int) -> HttpResponse:
    """End a membership."""
    service.remove(organisation=request.organisation, membership_id=membership_id, by=request.user)
    messages.success(request, _("Removed. The next thing this person asks for is refused."))
    return redirect("members")


@require_POST
@may("members.edit")
def withdraw(request: MemberRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    service.withdraw(organisation=request.organisation, invitation_id=invitation_id, by=request.user)
    messages.success(request, _("The invitation no longer works."))
    return redirect("members")


@require_http_methods(["GET", "HEAD", "POST"])
@person
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to the person it is for, and let them accept it."""
    if request.method == "POST":
        joined = service.accept(token=token, by=request.user)
        request.session["organisation"] = joined.organisation_id
        return redirect("home")
    return render_page(request, "members/invitation.html", {"invitation": service.find_invitation(token=token)})
