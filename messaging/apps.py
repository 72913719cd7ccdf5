"""The messaging room: transport that knows no cargo."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    """Outbox, inbox, heartbeats and the adapters of the channels that a machine can send on."""

    name = "messaging"
    label = "messaging"
    verbose_name = _("Messaging")
