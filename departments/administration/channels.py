"""Ways in and out: opened and closed, with the moments kept, so that nobody can say later what was open when."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from departments.administration.authority import must_administer
from departments.errors import Invalid, Stale
from departments.models import Channel, ChannelOpening, User


@transaction.atomic
def open_channels(channels: Sequence[Channel], *, by: User, at: datetime) -> list[Channel]:
    """Add new channels, all open since `at`, and return them."""
    for department in {channel.department for channel in channels}:
        must_administer(by, department, at)
    for channel in channels:
        channel.is_open = True
    made = Channel.objects.bulk_create(channels)
    ChannelOpening.objects.bulk_create(ChannelOpening(channel=channel, since=at) for channel in made)
    return made


@transaction.atomic
def open_channel(channel: Channel, *, by: User, at: datetime) -> None:
    """Open a channel that is closed, or add a new one that is open."""
    must_administer(by, channel.department, at)
    if channel.pk is None:
        open_channels([channel], by=by, at=at)
        return
    if channel.openings.filter(until__gt=at).exists():
        raise Invalid(_("A channel cannot be opened again before it was closed."), "is_open")
    if Channel.objects.filter(pk=channel.pk, is_open=False).update(is_open=True) != 1:
        raise Stale(_("This channel is open already."))
    ChannelOpening.objects.create(channel=channel, since=at)
    channel.is_open = True


@transaction.atomic
def close_channel(channel: Channel, *, by: User, at: datetime) -> None:
    """Close a channel that is open; an opening that would have lasted no moment is taken back."""
    must_administer(by, channel.department, at)
    if channel.openings.filter(until__isnull=True, since__gt=at).exists():
        raise Invalid(_("A channel cannot be closed before it was opened."), "is_open")
    if Channel.objects.filter(pk=channel.pk, is_open=True).update(is_open=False) != 1:
        raise Stale(_("This channel is closed already."))
    channel.openings.filter(until__isnull=True, since=at).delete()
    channel.openings.filter(until__isnull=True).update(until=at)
    channel.is_open = False
