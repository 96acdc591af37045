"""One's own account, whatever the firm: name, language, own data, and its end."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access import PersonRequest, fresh, person
from portal.forms import YouForm
from portal.render import render_page
from tenants.services import accounts


@require_http_methods(["GET", "HEAD", "POST"])
@person
def you(request: PersonRequest) -> HttpResponse:
    """Show and change what one is called and in which language letters come."""
    form = YouForm(request.POST or None, initial={"name": request.user.name, "language": request.user.language})
    if request.method != "POST" or not form.is_valid():
        return render_page(request, "you/you.html", {"form": form}, status=422 if form.errors else 200)
    accounts.change(by=request.user, **form.cleaned_data)
    with translation.override(form.cleaned_data["language"]):
        messages.success(request, _("Saved."))
    answer = redirect("you")
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"], samesite="Lax")
    return answer


@require_safe
@person
def data(request: PersonRequest) -> HttpResponse:
    """Give everything that is kept about oneself as a file."""
    told: dict[str, Any] = accounts.data(user=request.user)
    sessions = UserSession.objects.filter(user=request.user).order_by("pk")
    told["sessions"] = list(sessions.values("ip", "user_agent", "created_at", "last_seen_at"))
    factors = Authenticator.objects.filter(user=request.user).order_by("pk")
    told["second_factors"] = list(factors.values("type", "created_at", "last_used_at"))
    headers = {"Content-Disposition": 'attachment; filename="lagom-my-data.json"'}
    return JsonResponse(told, json_dumps_params={"indent": 2, "ensure_ascii": False}, headers=headers)


@require_POST
@person
def end_session(request: PersonRequest, session_id: int) -> HttpResponse:
    """Sign out in one other browser, which learns of it at its next request."""
    session = UserSession.objects.filter(user=request.user, pk=session_id).first()
    if session is not None:
        session.end()
        messages.success(request, _("Signed out there."))
    return redirect("usersessions_list")


@require_http_methods(["GET", "HEAD", "POST"])
@person
@fresh
def delete(request: PersonRequest) -> HttpResponse:
    """Delete one's own account, after the password was given once more."""
    if request.method != "POST":
        return render_page(request, "you/delete.html", {"alone": accounts.owned_alone(user=request.user)})
    user = request.user
    accounts.delete(by=user)
    UserSession.objects.filter(user_id=user.pk).delete()
    logout(request)
    messages.success(request, _("Your account is deleted."))
    return redirect("account_login")
