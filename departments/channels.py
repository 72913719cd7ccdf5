"""The kinds of channel, what a citizen can be reached by, and who records a contact."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChannelKind(models.TextChoices):
    """Ways in and out that a department runs."""

    WEB = "web", _("Web form")
    PHONE = "phone", _("Telephone")
    COUNTER = "counter", _("Counter")
    LETTER = "letter", _("Letter")
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    WHATSAPP = "whatsapp", _("WhatsApp")
    FACEBOOK = "facebook", _("Facebook")
    X = "x", _("X")
    TELEGRAM = "telegram", _("Telegram")
    OPEN311 = "open311", _("Open311")


# Class B of measurement 2.2: an official writes the contact down; every other kind records itself (class A).
ASSISTED = frozenset({ChannelKind.PHONE, ChannelKind.COUNTER, ChannelKind.LETTER})

# Kinds that a citizen needs no internet for; every other is an online way (measurement 2.3, H1).
WITHOUT_INTERNET = ASSISTED | {ChannelKind.SMS}

# Kinds on which the citizen gets the reference and the code in the same moment as the query is recorded.
ANSWERS_AT_ONCE = frozenset({ChannelKind.WEB, ChannelKind.PHONE, ChannelKind.COUNTER, ChannelKind.OPEN311})

# Kinds that programs speak; on a page for people their addresses would only stand in the way.
FOR_MACHINES = frozenset({ChannelKind.OPEN311})
