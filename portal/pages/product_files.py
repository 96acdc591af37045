"""The products as a file: whoever fills in what is missing uploads it again as it is."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from forecasting import queries
from forecasting.ingest.fields import KINDS
from forecasting.models import Product
from forecasting.queries.products import Wanted
from forecasting.services import exports
from portal.access import MemberRequest, may
from tenants.errors import NotFound

COLUMNS = [field.name for field in KINDS["products"].fields]  # as the reader of files knows them, in every language


@require_safe
@may("exports.make")
def export(request: MemberRequest, form: str) -> HttpResponse:
    """Give the products of the list, with its filters, and all that is known of them."""
    if form not in exports.KINDS:
        raise NotFound(_("There is no such file."))
    asked = {name: request.GET.get(name, "").strip() for name in ("show", "category", "supplier")}
    run = queries.runs.newest()
    wanted = Wanted(search=request.GET.get("q", "").strip(), **asked)
    rows = [_row(product) for product in queries.products.listed(run, wanted, queries.risks.found(run))]
    body = exports.csv_file(COLUMNS, rows) if form == "csv" else exports.xlsx_file(_("Products"), COLUMNS, rows)
    name = f"products-{timezone.localdate().isoformat()}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=exports.KINDS[form], headers=headers)


def _row(product: Product) -> list[exports.Cell]:
    known = {"supplier": product.supplier.code if product.supplier else ""}
    return [known[name] if name in known else getattr(product, name) for name in COLUMNS]
