"""Every address of the site. All require signing in except those marked `login_not_required`."""

from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from config import health
from config.language import choose_language
from config.signing_in import admin_sign_in

admin.site.site_header = admin.site.site_title = _("Jawab")

urlpatterns = [
    path("", include("departments.urls")),
    path("", include("complaints.citizen.urls")),
    path("accounts/", include("config.account_urls")),
    path("", include("engagement.dashboard.urls")),
    path("desk/", include("complaints.desk.urls")),
    path("api/", include("config.api")),
    path("admin/login/", admin_sign_in),
    path("admin/", admin.site.urls),
    path("i18n/", choose_language, name="choose_language"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
