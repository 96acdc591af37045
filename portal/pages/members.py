"""Who belongs to the firm, who is asked to, and what each may do."""

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access import MemberRequest, fresh, guest, may
from portal.forms import ROLES, InviteForm, RoleForm
from portal.render import render_page
from portal.role_words import rights
from tenants.models import Invitation
from tenants.roles import Role
from tenants.services import letters
from tenants.services import members as service


@require_safe
@may("members.view")
def members(request: MemberRequest) -> HttpResponse:
    """List members and open invitations."""
    return _page(request, InviteForm())


def _page(request: MemberRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    members = service.of(organisation=request.organisation)
    lost = dict(letters.lost(request.organisation.pk).values_list("topic", "error"))
    invitations = service.invitations(organisation=request.organisation)
    context = {
        "members": members,
        "alone": [m.role for m in members].count(Role.OWNER) == 1 and request.membership.role == Role.OWNER,
        "invitations": [(invitation, lost.get(f"invitation:{invitation.pk}")) for invitation in invitations],
        "now": timezone.now(),
        "form": form,
        "roles": ROLES,
        "rights": rights(),
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
    _send(request, invitation, token)
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email})
    return redirect("members")


def _send(request: MemberRequest, invitation: Invitation, token: str) -> None:
    context = {
        "firm": request.organisation.name,
        "by": request.user.email,
        "address": settings.SITE_ADDRESS.rstrip("/") + reverse("invitation", args=[token]),
        "days": service.INVITATION_DAYS,
    }
    subject = " ".join((_("%(by)s invites you to %(firm)s on Lagom") % context).split())
    letter = EmailMessage(subject, render_to_string("emails/invitation.txt", context), to=[invitation.email])
    letter.extra_headers[letters.TOPIC] = topic = f"invitation:{invitation.pk}"
    letters.forget(request.organisation.pk, topic)
    letter.send()


@require_POST
@may("members.edit")
def invite_again(request: MemberRequest, invitation_id: int) -> HttpResponse:
    """Send an invitation once more, good for another week."""
    invitation, token = service.invite_again(
        organisation=request.organisation, invitation_id=invitation_id, by=request.user
    )
    _send(request, invitation, token)
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email})
    return redirect("members")


@require_POST
@may("members.edit")
def role(request: MemberRequest, membership_id: int) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if form.is_valid():
        keys = service.change_role(
            organisation=request.organisation, membership_id=membership_id, by=request.user, **form.cleaned_data
        )
        messages.success(request, _("Saved."))
        _tell_ended(request, keys)
    return redirect("members")


def _tell_ended(request: MemberRequest, keys: list[str]) -> None:
    if keys:
        words = _("These API keys no longer work: %(keys)s. Programs that use them need new ones.")
        messages.warning(request, words % {"keys": ", ".join(keys)})


@require_POST
@may("members.edit")
def remove(request: MemberRequest, membership_id: int) -> HttpResponse:
    """End a membership."""
    keys = service.remove(organisation=request.organisation, membership_id=membership_id, by=request.user)
    messages.success(request, _("Removed. The next thing this person asks for is refused."))
    _tell_ended(request, keys)
    return redirect("members")


@require_POST
@may("members.edit")
def withdraw(request: MemberRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    service.withdraw(organisation=request.organisation, invitation_id=invitation_id, by=request.user)
    messages.success(request, _("The invitation no longer works."))
    return redirect("members")


@require_http_methods(["GET", "HEAD", "POST"])
@may("members.edit")
@fresh
def transfer(request: MemberRequest, membership_id: int) -> HttpResponse:
    """Hand the firm over to another member, after the password was given once more."""
    heir = service.member(organisation=request.organisation, membership_id=membership_id)
    if request.method != "POST":
        return render_page(request, "members/transfer.html", {"heir": heir})
    keys = service.transfer(organisation=request.organisation, membership_id=membership_id, by=request.user)
    messages.success(request, _("%(email)s owns the firm now. You go on as a planner.") % {"email": heir.user.email})
    _tell_ended(request, keys)
    return redirect("members")


@require_http_methods(["GET", "HEAD", "POST"])
@may("members.view")
def leave(request: MemberRequest) -> HttpResponse:
    """Leave the firm by oneself."""
    if request.method != "POST":
        return render_page(request, "members/leave.html")
    service.leave(organisation=request.organisation, by=request.user)
    request.session.pop("organisation", None)
    messages.success(request, _("You have left %(firm)s.") % {"firm": request.organisation.name})
    return redirect("home")


@require_http_methods(["GET", "HEAD", "POST"])
@guest
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation to the person it is for, and let them accept it."""
    if not request.user.is_authenticated:
        return _welcome(request, token)
    if request.method == "POST":
        joined = service.accept(token=token, by=request.user)
        request.session["organisation"] = joined.organisation_id
        return redirect("home")
    return render_page(request, "members/invitation.html", {"invitation": service.find_invitation(token=token)})


def _welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Lead a guest to sign-up or sign-in; the letter that brought them has shown that the address is theirs."""
    invited = service.find_invitation(token=token)
    if service.has_account(email=invited.email):
        return redirect_to_login(request.get_full_path())
    get_adapter().stash_verified_email(request, invited.email)
    query = urlencode({"next": request.path, "email": invited.email})
    return redirect(f"{reverse('account_signup')}?{query}")
