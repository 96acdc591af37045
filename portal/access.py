"""Who reaches a page: one check everywhere."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.mfa.models import Authenticator
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from tenants.errors import NotFound
from tenants.models import Membership, Organisation, User
from tenants.roles import Role
from tenants.roles import may as role_may
from tenants.services import accounts, states

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


class PersonRequest(HttpRequest):
    """A request of a person who is signed in."""

    user: User
    htmx: HtmxDetails


class MemberRequest(PersonRequest):
    """A request of a person who belongs to the organisation in scope."""

    organisation: Organisation
    membership: Membership


Page = Callable[Concatenate[MemberRequest, P], HttpResponse]


def second_factor_missing(user: User) -> bool:
    """Tell whether a person must set up a second factor before anything else; the session's middleware asks it."""
    factors = Authenticator.objects.filter(user_id=user.pk).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return accounts.is_manager(user) and not factors.exists()


def may(
    action: str,
) -> Callable[[Callable[Concatenate[MemberRequest, P], R]], Callable[Concatenate[MemberRequest, P], R | HttpResponse]]:
    """Let members through whose role and whose firm's state allow the action; others sign in, or are told."""
    role_may(Role.OWNER, action)  # a typing mistake fails when the page is loaded, not when it is asked for

    def guard(
        page: Callable[Concatenate[MemberRequest, P], R],
    ) -> Callable[Concatenate[MemberRequest, P], R | HttpResponse]:
        @wraps(page)
        def guarded(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> R | HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.organisation is None:
                return _of_no_firm(request)
            states.check(request.organisation, request.membership.role, action)
            return page(request, *args, **kwargs)

        guarded.guard = guarded.action = action  # type: ignore[attr-defined]
        return guarded

    return guard


def _of_no_firm(request: HttpRequest) -> HttpResponse:
    # A manager has no firm: the first page is the portfolio, and no page of any firm is there.
    if not accounts.is_manager(request.user):
        return redirect("organisation_new")
    if request.resolver_match.url_name == "home":
        return redirect("portfolio")
    raise NotFound(_("There is no such page."))


def account_manager(page: Page[P]) -> Page[P]:
    """Let account managers and the operator through; for everybody else there is no such page."""
    return _of_the_portal(page, accounts.is_manager)


def operator(page: Page[P]) -> Page[P]:
    """Let the operator of the portal through; for everybody else there is no such page."""
    return _of_the_portal(page, accounts.is_operator)


def _of_the_portal(page: Page[P], is_one: Callable[[User], bool]) -> Page[P]:
    @wraps(page)
    def guarded(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not is_one(request.user):
            raise NotFound(_("There is no such page."))
        if second_factor_missing(request.user):
            return redirect("mfa_index")
        request.session["manages"] = True  # shows the way back to the portfolio, and opens nothing
        return page(request, *args, **kwargs)

    guarded.guard = is_one.__name__  # type: ignore[attr-defined]
    return guarded


def allowed(request: MemberRequest, action: str) -> bool:
    """Tell whether the person may do an action now, for pages that show more to some than to others."""
    return states.allowed(request.organisation, request.membership.role, action)


def check(request: MemberRequest, action: str) -> None:
    """Refuse an action that a page asks for only when something is posted to it."""
    states.check(request.organisation, request.membership.role, action)


def fresh(page: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let people through who gave their password or second factor within the last minutes; others give it first.

    A form that was sent too late is not sent again by itself: the page is shown once more.
    """

    @wraps(page)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request: Any = args[0]
        if did_recently_reauthenticate(request):
            return page(*args, **kwargs)
        ways = get_adapter().get_reauthentication_methods(request.user)
        return redirect(f"{ways[0]['url']}?{urlencode({'next': request.path})}")

    return guarded


def guest(page: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let everybody through: the page itself asks for the secret in its address."""
    page.guard = "guest"  # type: ignore[attr-defined]
    return page


def person(page: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let people through who are signed in, whether or not they belong to a firm."""

    @wraps(page)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request = args[0]
        if not request.user.is_authenticated:  # type: ignore[attr-defined]
            return redirect_to_login(request.get_full_path())  # type: ignore[attr-defined]
        return page(*args, **kwargs)

    guarded.guard = "person"  # type: ignore[attr-defined]
    return guarded
