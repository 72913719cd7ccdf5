"""The same application for an ASGI server; `script/server` uses config/wsgi.py."""

import os

from django.core.asgi import get_asgi_application

from config.checks import refuse_unfit_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
refuse_unfit_start()
