"""Officials' notices: what waits unread, read at last, and told by e-mail to those who have an address.

The mail follows the notices, never the other way round: verbs write notices, and the pull task turns what has waited
into one message to each official, so that no verb waits for it, and a busy hour is one mail and not a hundred.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template import Context, Engine
from django.urls import reverse
from django.utils import translation

from complaints.models import Notice
from complaints.notices import WORDS
from complaints.visibility import visible_to
from departments.channels import ChannelKind
from departments.models import User
from messaging.outbox import Envelope, enqueue

# So long a notice waits for others before it is mailed: with it one address gets no more than the three messages an
# hour that the outbox sends to any (messaging/states.py::HOURLY_CAP). At the desk it is seen at once.
GATHERED_FOR = timedelta(minutes=20)
# What is older was seen at the desk or told by the ladder; after a long stop nobody wants yesterday's mail.
_STALE = timedelta(hours=24)
# Notices of one run, and references named in one mail; the rest is a number.
_BATCH = 2000
_NAMED = 20


def unread(official: User, *, at: datetime) -> QuerySet[Notice]:
    """Return the official's unread notices of queries that he may still see, newest first."""
    visible = visible_to(official, at=at, path="complaint__")
    return Notice.objects.filter(visible, recipient=official, read_at__isnull=True).order_by("-told_at", "-pk")


def mark_read(official: User, notices: Sequence[int], *, at: datetime) -> int:
    """Mark these notices (primary keys) of the official as read; return how many were unread. Others' stay."""
    return Notice.objects.filter(recipient=official, pk__in=notices, read_at__isnull=True).update(read_at=at)


@transaction.atomic
def mail_notices(*, at: datetime) -> int:
    """Write one e-mail to each official whose oldest notice has waited long enough, with all that wait for him;
    return how many notices were dealt with. Two at once divide the work or wait for each other, and nothing is
    mailed twice. The mail names references and where to look, never what a citizen said."""
    waiting = Notice.objects.filter(mail_waits=True)
    due = waiting.filter(told_at__lte=at - GATHERED_FOR).order_by("told_at").values_list("recipient", flat=True)
    recipients = set(due[:_BATCH])
    if not recipients:
        return 0
    locked = waiting.filter(recipient__in=recipients).select_for_update(of=("self",), skip_locked=True)
    found = list(
        locked.select_related("recipient", "complaint").only("kind", "told_at", "recipient", "complaint__reference")[
            :_BATCH
        ]
    )
    of_each: dict[User, list[Notice]] = defaultdict(list)
    for notice in sorted(found, key=lambda notice: notice.pk):
        if notice.told_at > at - _STALE and notice.recipient.is_active and notice.recipient.email:
            of_each[notice.recipient].append(notice)
    enqueue(*(_mail(official, notices) for official, notices in of_each.items()), at=at)
    return Notice.objects.filter(pk__in=[notice.pk for notice in found]).update(mail_waits=False)


def _mail(official: User, notices: Sequence[Notice]) -> Envelope:
    base = settings.PUBLIC_BASE_URL.rstrip("/")
    with translation.override(official.language):
        lines = [(notice.complaint.reference, str(WORDS[notice.kind])) for notice in notices[:_NAMED]]
        context = {
            "lines": list(dict.fromkeys(lines)),
            "count": len(notices),
            "more": max(0, len(notices) - _NAMED),
            "address": f"{base}{reverse('desk_notices')}",
        }
        template = Engine.get_default().get_template(f"notices/{official.language}/desk.txt")
        subject, _, body = template.render(Context(context, autoescape=False)).strip().partition("\n")
    return Envelope(
        kind=ChannelKind.EMAIL,
        recipient=official.email,
        language=official.language,
        subject=subject.strip(),
        body=body.strip(),
        dedup_key=f"notice:{notices[0].pk}",
    )
