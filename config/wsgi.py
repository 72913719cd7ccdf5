"""What gunicorn serves: `gunicorn config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from config.charset import Utf8WsgiRequest
from config.checks import refuse_unfit_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
application.request_class = Utf8WsgiRequest
refuse_unfit_start()
