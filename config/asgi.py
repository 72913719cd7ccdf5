"""The same application for an ASGI server; `script/server` uses config/wsgi.py."""

import os

from django.core.asgi import get_asgi_application

from config.charset import Utf8AsgiRequest
from config.checks import refuse_unfit_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
application.request_class = Utf8AsgiRequest
refuse_unfit_start()
