"""Who reaches a page: one check everywhere."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from tenants.errors import NotAllowed
from tenants.models import Membership, Organisation, User
from tenants.roles import Role
from tenants.roles import may as role_may

P = ParamSpec("P")


class MemberRequest(HttpRequest):
    """A request of a person who belongs to the organisation in scope."""

    user: User
    organisation: Organisation
    membership: Membership


Page = Callable[Concatenate[MemberRequest, P], HttpResponse]


def may(action: str) -> Callable[[Page[P]], Page[P]]:
    """Let members through whose role may do the action; others sign in, found a firm, or are told."""
    role_may(Role.OWNER, action)  # a typing mistake fails when the page is loaded, not when it is asked for

    def guard(page: Page[P]) -> Page[P]:
        @wraps(page)
        def guarded(request: MemberRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.organisation is None:
                return redirect("organisation_new")
            if not role_may(Role(request.membership.role), action):
                raise NotAllowed(
                    _("Your role in %(firm)s does not allow this. Ask an owner of the firm to change it.")
                    % {"firm": request.organisation.name}
                )
            return page(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        return guarded

    return guard


def person(page: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let people through who are signed in, whether or not they belong to a firm."""

    @wraps(page)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request = args[0]
        if not request.user.is_authenticated:  # type: ignore[attr-defined]
            return redirect_to_login(request.get_full_path())  # type: ignore[attr-defined]
        return page(*args, **kwargs)

    return guarded
