"""Registers the checks of a production start with Django."""

from django.apps import AppConfig
from django.core import checks

from config.checks import demo_users_are_gone, settings_are_fit


class Wiring(AppConfig):
    """The project's own app: it has no models, only checks and commands."""

    name = "config"
    verbose_name = "Jawab"

    def ready(self) -> None:
        checks.register(settings_are_fit, checks.Tags.security)
        checks.register(demo_users_are_gone, checks.Tags.database)
