"""The door for gunicorn."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from tenants.checks import prove_role_at_start  # noqa: E402  only now are the settings loaded

prove_role_at_start()

# What is loaded now stays to the end: walking it again for every large call would only take time from that call.
gc.collect()
gc.freeze()
# A call of 10,000 rows makes some 100,000 objects in no circles; looking for circles each 700 took a third of its time.
gc.set_threshold(50_000, 20, 20)
