"""How a citizen opens a query: by its reference and its tracking code together. Guessing is slowed and told of."""

import hashlib
import hmac
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.crypto import constant_time_compare

from complaints.models import Complaint, WrongLookup
from complaints.references import code_hmac, read_reference
from departments.errors import Refused

# Within this time, one client may be wrong so often; all together before it is an alarm (checklist Own-2).
WINDOW = timedelta(minutes=1)
WRONG_A_CLIENT = 10
WRONG_IN_ALL = 20
# While there is an alarm, who was wrong once waits; who comes with the right code at once is let in as always.
WRONG_A_CLIENT_IN_ALARM = 1
KEPT_FOR = timedelta(days=1)

# What the page of an opened query needs besides.
_BESIDE = ("department__calendar", "category", "district", "contact", "offered_to")

logger = logging.getLogger(__name__)


class TooManyWrong(Refused):
    """This client was wrong too often; after `WINDOW` it may try again."""


def opened(reference: str, code: str, *, client: str, at: datetime) -> Complaint | None:
    """Return the query with this reference and code (as typed), or None: nothing tells a wrong code from a reference
    that does not exist. `client` says where the request came from. Raises TooManyWrong without looking.

    The attempt is written before it is counted, so that of many at the same moment no more than the limit are judged,
    whichever processes serve them.
    """
    attempt = WrongLookup.objects.create(client=_digest(client), at=at)
    recent = WrongLookup.objects.filter(at__gt=at - WINDOW)
    in_all = recent[: WRONG_IN_ALL + 2].count()
    limit = WRONG_A_CLIENT if in_all <= WRONG_IN_ALL else WRONG_A_CLIENT_IN_ALARM
    if recent.filter(client=attempt.client)[: limit + 1].count() > limit:
        attempt.delete()
        raise TooManyWrong("Too many wrong tries. Wait a minute, then try again.")
    found = Complaint.objects.select_related(*_BESIDE).filter(code_hmac=code_hmac(settings.TRACKING_KEY, code)).first()
    is_right = constant_time_compare(found.reference if found else "", read_reference(reference) or "none")
    if found is not None and is_right:
        attempt.delete()
        return found
    WrongLookup.objects.filter(at__lte=at - KEPT_FOR).delete()
    if in_all == WRONG_IN_ALL + 1:
        logger.error("More than %s wrong tracking codes within a minute: somebody may be guessing.", WRONG_IN_ALL)
    return None


def reopened(pk: int) -> Complaint | None:
    """Return the query that was opened before, by its primary key."""
    return Complaint.objects.select_related(*_BESIDE).filter(pk=pk).first()


def wrong_lately(at: datetime) -> int:
    """Return how many look-ups were wrong in the minute before `at`; above WRONG_IN_ALL it is an alarm."""
    return WrongLookup.objects.filter(at__gt=at - WINDOW, at__lte=at).count()


def _digest(client: str) -> str:
    return hmac.new(settings.TRACKING_KEY.encode(), b"client:" + client.encode(), hashlib.sha256).hexdigest()
