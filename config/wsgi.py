"""What gunicorn serves: `gunicorn config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from config.checks import refuse_unfit_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
refuse_unfit_start()
