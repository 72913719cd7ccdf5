"""Signs of life: who must run all the time, and when it last ended well."""

from datetime import datetime, timedelta

from messaging.models import Heartbeat


def beat(name: str, *, at: datetime, detail: str = "") -> None:
    """One statement, so that several processes of one name can beat at once."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, last_ok_at=at, detail=detail)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["last_ok_at", "detail"],
    )


def age(name: str, at: datetime) -> timedelta | None:
    """How long ago it last ended well; None when it never did."""
    last = Heartbeat.objects.filter(name=name).values_list("last_ok_at", flat=True).first()
    return None if last is None else at - last


def detail(name: str) -> str:
    """What it said when it last ended; empty when it never did."""
    return Heartbeat.objects.filter(name=name).values_list("detail", flat=True).first() or ""
