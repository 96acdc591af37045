"""Put every table of an organisation's rows behind its policy, with keys that start with the organisation."""

from django.db import migrations

from tenants.isolation import protect

PRODUCT, SUPPLIER = "forecasting_product", "forecasting_supplier"
LOCATION, CHANNEL = "forecasting_location", "forecasting_channel"
UPLOAD, RUN = "forecasting_upload", "forecasting_run"


class Migration(migrations.Migration):
    dependencies = [("forecasting", "0001_initial"), ("tenants", "0002_walls")]
    operations = [
        *protect(UPLOAD, root=True),
        *protect("forecasting_columnmapping", root=True),
        *protect("forecasting_replacedrow", upload_id=UPLOAD),
        *protect(SUPPLIER, root=True, upload_id=UPLOAD),
        *protect(LOCATION, root=True),
        *protect(CHANNEL, root=True),
        *protect(PRODUCT, root=True, supplier_id=SUPPLIER, upload_id=UPLOAD),
        # Every further key costs a look-up per row: half a million order lines come in at once. Their upload is only
        # remembered to take them back.
        *protect("forecasting_sale", product_id=PRODUCT, channel_id=CHANNEL, location_id=LOCATION),
        *protect("forecasting_stockcount", product_id=PRODUCT, location_id=LOCATION, upload_id=UPLOAD),
        *protect("forecasting_inbound", product_id=PRODUCT, location_id=LOCATION, upload_id=UPLOAD),
        *protect("forecasting_policy", root=True),
        *protect(RUN, root=True),
        *protect("forecasting_productforecast", run_id=RUN, product_id=PRODUCT),
        *protect("forecasting_proposal", run_id=RUN, product_id=PRODUCT, supplier_id=SUPPLIER),
        *protect("forecasting_productmoney", run_id=RUN, product_id=PRODUCT),
        *protect("forecasting_channelmoney", run_id=RUN, channel_id=CHANNEL),
    ]
