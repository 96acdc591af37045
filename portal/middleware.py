"""Who is asking, for which organisation, and the tenant scope around the view."""

import logging
import uuid
from collections.abc import Callable
from typing import TypeAlias

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation

from portal import errors
from tenants.errors import PortalError
from tenants.isolation import tenant_scope
from tenants.services import audit, consents, organisations

Next: TypeAlias = Callable[[HttpRequest], HttpResponse]
log = logging.getLogger("lagom.tenancy")

# These take a long body, found or join another firm, or belong to nobody: what needs a scope here opens it itself.
UNSCOPED = (
    "/uploads/new/",
    "/drop/",
    "/stripe/",
    "/organisation/new/",
    "/invitations/",
    "/healthz",
    "/accounts/",
    "/i18n/",
    "/you/",
)
# Pages of the portal itself: of many firms or of none, never inside the scope of one.
OF_THE_PORTAL = ("/portfolio/", "/operator/", "/accounts/", "/i18n/", "/healthz")


class RequestMiddleware:
    """Give every request an id, which the answer, the program's log and the audit log name."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the one request that this is, from the address that it came from."""
        request.id = uuid.uuid4().hex
        with audit.acting(address=_address(request), request_id=request.id):
            response = self.get_response(request)
        response["X-Request-ID"] = request.id
        return response


def _address(request: HttpRequest) -> str | None:
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:  # it came through a socket, and no proxy said from where
        return None


class DatabaseGoneMiddleware:
    """Answer 503 while PostgreSQL is away, instead of a crash page."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; the outermost layer that may touch the database sits inside."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a lost connection into a page that says to try again."""
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        log.exception("the database does not answer")
        return errors.database_gone(request)


class OrganisationMiddleware:
    """Find the organisation by membership, never from a header, and open its scope around the view."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer inside the tenant's transaction; what fails leaves no row."""
        try:
            return self._answer(request)
        except (OperationalError, InterfaceError):
            # Not in the view: when it was asked who this is, or when the transaction was to end.
            log.exception("the database does not answer")
            return errors.database_gone(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if getattr(request, "api_key", None) is not None:  # a program; its key has said whose, and opened the scope
            return self.get_response(request)
        request.membership = self._membership(request)
        if self._visit_is_over(request):
            return errors.not_found(request, Http404())  # the visit has ended: no page of the firm is there
        request.organisation = request.membership.organisation if request.membership else None
        if request.organisation is None:
            return self.get_response(request)
        self._speak(request)
        with timezone.override(request.organisation.time_zone):
            return self._inside(request) if request.visit is None else self._visiting(request, request.visit)

    def _visit_is_over(self, request: HttpRequest) -> bool:
        if request.visit is not None or request.path.startswith(OF_THE_PORTAL) or not request.user.is_authenticated:
            return False
        return request.session.pop("visit", None) is not None

    def _visiting(self, request: HttpRequest, visit: consents.Visit) -> HttpResponse:
        """Answer a manager whom the firm let in, and write down in the firm's log what was asked for."""
        with audit.acting(on_behalf_of=visit.on_behalf_of):
            response = self._inside(request)
            if response.status_code < 500:
                with tenant_scope(visit.consent.organisation_id):
                    consents.looked(visit, method=request.method, path=request.path)
        return response

    def _inside(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith((*UNSCOPED, *OF_THE_PORTAL)):
            return self.get_response(request)
        with tenant_scope(request.organisation.pk):
            response = self.get_response(request)
            if hasattr(response, "render") and callable(response.render):
                response = response.render()
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Find nothing where a text holds a NUL, which no text of PostgreSQL can: such an address names nothing."""
        said = (text for form in (request.GET, request.POST) for _name, texts in form.lists() for text in texts)
        if any("\0" in text for text in (request.path, *said)):
            raise Http404

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say what a person can do about an error that was expected; let others crash into the log."""
        if isinstance(exception, PortalError):
            return errors.answer(request, exception)
        if isinstance(exception, DatabaseError) and "row-level security" in str(exception):
            log.critical("row-level security refused a write at %s", request.path)
            raise Http404
        return None

    def _membership(self, request: HttpRequest) -> organisations.Membership | None:
        request.visit = None
        if not request.user.is_authenticated:
            return None
        if (chosen := request.session.get("visit")) and not request.path.startswith(OF_THE_PORTAL):
            request.visit = consents.visit(user=request.user, consent_id=chosen)
            return request.visit.membership if request.visit else None
        return organisations.membership(user=request.user, wanted=request.session.get("organisation"))

    def _speak(self, request: HttpRequest) -> None:
        # A person who never chose a language reads the firm's.
        if "django_language" not in request.COOKIES and request.organisation.language:
            translation.activate(request.organisation.language)
            request.LANGUAGE_CODE = translation.get_language()
