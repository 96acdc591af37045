"""Who is told of what happens: endpoints, what was sent to them, and sending it again."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access import MemberRequest, may
from portal.render import render_page
from tenants.errors import PortalError
from tenants.services import webhooks as service

EVENTS = {
    "upload.done": gettext_lazy("a file was loaded"),
    "run.done": gettext_lazy("a run is done"),
    "run.failed": gettext_lazy("a run failed"),
    "plan.published": gettext_lazy("a new plan is there"),
    "proposal.accepted": gettext_lazy("proposals were accepted"),
    "order.sent": gettext_lazy("an order was sent"),
    "stock.below_reorder": gettext_lazy("stock fell below its reorder point"),
    "limit.warning": gettext_lazy("a limit is nearly reached"),
}


class WebhookForm(forms.Form):
    """Ask where to send what."""

    url = forms.CharField(label=gettext_lazy("Address, beginning with https://"), max_length=500)
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Tell it when"), choices=list(EVENTS.items()), widget=forms.CheckboxSelectMultiple
    )


@require_http_methods(["GET", "HEAD", "POST"])
@may("webhooks.edit")
def webhooks(request: MemberRequest) -> HttpResponse:
    """List the endpoints, and add one; its secret is shown in this answer."""
    if request.method != "POST":
        return _page(request, WebhookForm())
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            endpoint, secret = service.add(**form.cleaned_data, by=request.user)
        except PortalError as error:
            form.add_error("url", str(error))
        else:
            response = _page(request, WebhookForm(), secret=secret, url=endpoint.url)
            response["Cache-Control"] = "no-store"
            return response
    return _page(request, form, status=422)


def _page(
    request: MemberRequest, form: WebhookForm, *, secret: str = "", url: str = "", status: int = 200
) -> HttpResponse:
    rows = [(one, [EVENTS[name] for name in one.events]) for one in service.endpoints()]
    context = {"rows": rows, "form": form, "secret": secret, "url": url}
    return render_page(request, "webhooks/list.html", context, status=status)


@require_safe
@may("webhooks.edit")
def webhook(request: MemberRequest, endpoint_id: UUID) -> HttpResponse:
    """Show what was sent to an endpoint, each try with what came back."""
    endpoint = service.get(endpoint_id)
    rows = [(one, EVENTS[one.event]) for one in service.deliveries(endpoint)]
    return render_page(request, "webhooks/detail.html", {"endpoint": endpoint, "rows": rows})


@require_POST
@may("webhooks.edit")
def remove(request: MemberRequest, endpoint_id: UUID) -> HttpResponse:
    """Forget an endpoint."""
    service.remove(endpoint_id=endpoint_id, by=request.user)
    messages.success(request, _("Removed. Nothing more is sent there."))
    return redirect("webhooks")


@require_POST
@may("webhooks.edit")
def redeliver(request: MemberRequest, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send a message once more."""
    service.redeliver(endpoint_id=endpoint_id, delivery_id=delivery_id, by=request.user)
    messages.success(request, _("It is on its way again."))
    return redirect("webhook", endpoint_id)
