"""How long somebody stays signed in, and what account managers must have before they may do anything."""

import logging
import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from portal import errors
from portal.access import second_factor_missing
from tenants.services import accounts

log = logging.getLogger("lagom.tenancy")
SEEN_EVERY = 60  # seconds; a session that is used is written down no oftener
FREE = ("/accounts/", "/i18n/", "/healthz", "/static/")  # where one signs in and sets up a second factor


class SessionMiddleware:
    """End sessions that rested or lasted too long; lead account managers without a second factor to set one up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or ask to sign in again."""
        try:
            stop = _stop(request)
        except (OperationalError, InterfaceError):
            log.exception("the database does not answer")
            return errors.database_gone(request)
        return stop or self.get_response(request)


def _stop(request: HttpRequest) -> HttpResponse | None:
    """Answer in place of the page, or let the page answer."""
    if not request.user.is_authenticated:
        return None
    manager = _seen(request)
    if _over(request, *settings.SESSION_LIMITS["manager" if manager else "member"]):
        logout(request)
        messages.info(request, _("You were signed out because some time has passed. Please sign in again."))
        return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
    if manager and not request.path.startswith(FREE) and second_factor_missing(request.user):
        messages.warning(request, _("You look after firms: set up a second factor before anything else."))
        return redirect("mfa_index")
    return None


def _seen(request: HttpRequest) -> bool:
    """Tell whether this is an account manager; asked once a minute, but by the guard of their pages always."""
    session = request.session
    if time.time() - session.get("looked", 0) > SEEN_EVERY:
        session["looked"] = time.time()
        session["manager"] = accounts.is_manager(request.user)
    return bool(session["manager"])


def _over(request: HttpRequest, idle: int, longest: int) -> bool:
    """Tell whether the session is over; one that goes on is written down as seen."""
    now, session = time.time(), request.session
    began, seen = session.setdefault("began", now), session.get("seen", now)
    if now - began > longest or now - seen > idle:
        return True
    if "seen" not in session or now - seen > SEEN_EVERY:
        session["seen"] = now
        UserSession.objects.create_from_request(request)
    return False
