"""The keys by which programs come in: made, shown once, revoked."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.models import ApiKey
from tenants.services import api_keys as service

DAYS = [("", gettext_lazy("never")), ("30", gettext_lazy("after 30 days")), ("365", gettext_lazy("after a year"))]


class KeyForm(forms.Form):
    """Ask what a key is for and what it may do."""

    name = forms.CharField(label=gettext_lazy("What uses it?"), max_length=100)
    scope = forms.ChoiceField(
        label=gettext_lazy("What may it do?"),
        choices=[
            (ApiKey.Scope.READ, gettext_lazy("read")),
            (ApiKey.Scope.WRITE, gettext_lazy("read and write")),
        ],
        help_text=gettext_lazy("What sends data or starts a run must write."),
    )
    days = forms.ChoiceField(label=gettext_lazy("When does it end?"), choices=DAYS, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@may("keys.edit")
def api_keys(request: MemberRequest) -> HttpResponse:
    """List the keys, and make one; its text is shown in this answer and never again."""
    if request.method != "POST":
        return _page(request, KeyForm())
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    said = form.cleaned_data
    ends = timezone.now() + timedelta(days=int(said["days"])) if said["days"] else None
    made = service.make(
        organisation=request.organisation, name=said["name"], scope=said["scope"], by=request.user, expires_at=ends
    )
    response = _page(request, KeyForm(), made=made)
    response["Cache-Control"] = "no-store"
    return response


def _page(
    request: MemberRequest, form: KeyForm, *, made: service.Made | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "keys": service.of(organisation=request.organisation),
        "form": form,
        "made": made,
        "address": request.build_absolute_uri("/api/v1"),
        "now": timezone.now(),
    }
    return render_page(request, "api_keys/list.html", context, status=status)


@require_POST
@may("keys.edit")
def revoke(request: MemberRequest, key_id: int) -> HttpResponse:
    """End a key."""
    row = service.revoke(organisation=request.organisation, key_id=key_id, by=request.user)
    messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": row.name})
    return redirect("api_keys")
