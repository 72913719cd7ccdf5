"""How the demo gets as many complaints as are wanted: lives played by the verbs, and beyond a stock of them, clones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from complaints.demo.archetypes import TABLES
from complaints.demo.cloning import Batch, Cloner, batches, reserve, stocked, totals
from complaints.demo.dismantling import dismantle, rebuild, steps_left
from complaints.demo.offices import Office
from complaints.demo.playing import MEMORY, TOKENS, Play, life_tokens, perform
from complaints.models import Complaint, Notice
from complaints.references import tracking_code
from complaints.sweep import sweep
from departments.errors import NotReady
from departments.hands import can_share, shared
from departments.sops import Stage

# Lives that are played before cloning begins: enough that few can be told for copies.
STOCK = 1600
# Lives from which on two processes play them, in parts that show some progress.
SHARED_FROM = 1000
_PART = 200
# Clones from which on it is worth to take indexes off.
DISMANTLED_FROM = 20_000
# What came before the story of the demo: a letter may lie a day before it is typed in.
BEFORE = timedelta(days=10)
_LEAST_MEMORY = timedelta(days=14)


@dataclass(frozen=True)
class Reporter:
    """Who is told how far it is: `begin` hears what is done and how much of it, `advance` how much more is done."""

    begin: Callable[[str, int], None]
    advance: Callable[[int], None]


def complaints_there() -> int:
    """Return how many complaints of the demo there are."""
    return Complaint.objects.filter(idempotency_key__startswith=TOKENS).count()


def tracking_examples() -> list[tuple[str, str, str]]:
    """Return (stage, reference, tracking code) of one complaint in each stage, for a look at the tracking page."""
    found = []
    for stage in Stage:
        inside = Complaint.objects.filter(
            idempotency_key__startswith=TOKENS, entries__stage=stage, entries__left_at__isnull=True
        )
        complaint = inside.order_by("-recorded_at").first()
        if complaint is not None and complaint.idempotency_key is not None:
            code = tracking_code(settings.TRACKING_KEY, complaint.idempotency_key)
            found.append((str(stage.label), complaint.reference, code))
    return found


def grow(count: int, seed: str, offices: Sequence[Office], *, at: datetime, reporter: Reporter) -> int:
    """Add `count` complaints with all that belongs to them, their history before `at`; return how many rows were
    cloned."""
    played = play_lives(min(count, STOCK), seed, offices, at=at, reporter=reporter)
    clones = count - len(played)
    return add_clones(clones, seed, played, offices, at=at, reporter=reporter) if clones else 0


def play_lives(count: int, seed: str, offices: Sequence[Office], *, at: datetime, reporter: Reporter) -> list[int]:
    """Play `count` lives that are not there yet, and return their complaints (primary keys)."""
    live_since = max(office.department.live_since or at for office in offices)
    since = max(at - MEMORY, live_since + BEFORE / 2)
    if at - since < _LEAST_MEMORY:
        raise NotReady(f"The departments take queries only since {live_since:%Y-%m-%d}: too short for a history.")
    lives = Complaint.objects.filter(idempotency_key__startswith=life_tokens(seed))
    before = set(lives.values_list("pk", flat=True))
    numbers = range(len(before), len(before) + count)
    play = Play(seed, numbers, since, at)
    reporter.begin("lives played", count)
    if count >= SHARED_FROM and can_share():
        sweep(at=since)
        parts = (replace(play, numbers=numbers[start : start + _PART]) for start in range(0, count, _PART))
        _stage.offices = offices
        for part in shared(_perform, parts):
            reporter.advance(part)
    else:
        perform(play, offices, reporter.advance)
    # A history is not news: nobody is mailed what he was told a year ago, in these lives and in their clones.
    Notice.objects.filter(mail_waits=True).update(mail_waits=False)
    return sorted(set(lives.values_list("pk", flat=True)) - before)


def add_clones(
    count: int, seed: str, played: Sequence[int], offices: Sequence[Office], *, at: datetime, reporter: Reporter
) -> int:
    """Clone the played lives `count` times in all, and return how many rows that were."""
    stock = stocked(seed, played, offices, at=at, count=count)
    taken = set(Complaint.objects.values_list("reference", flat=True))
    work = batches(stock, reserve(totals(stock)), taken)
    _stage.cloner = Cloner(stock)
    if count < DISMANTLED_FROM or not can_share():
        reporter.begin("complaints cloned", count)
        return sum(_reported(done, reporter) for done in map(_write, work))
    dismantle(TABLES)
    try:
        reporter.begin("complaints cloned", count)
        return sum(_reported(done, reporter) for done in shared(_write, work))
    finally:
        make_whole(reporter)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def make_whole(reporter: Reporter) -> None:
    """Put on again what a load took off the tables."""
    reporter.begin("indexes and constraints", steps_left())
    rebuild(reporter.advance)


def _reported(done: tuple[int, int], reporter: Reporter) -> int:
    complaints, rows = done
    reporter.advance(complaints)
    return rows


class _Stage:
    """What the processes that share the work find when they begin; filled before they are made."""

    offices: Sequence[Office]
    cloner: Cloner


_stage = _Stage()


# Functions of the module: a bound method would carry the whole stage to the other process with every piece of work.
def _perform(play: Play) -> int:
    perform(play, _stage.offices)
    return len(play.numbers)


def _write(batch: Batch) -> tuple[int, int]:
    with transaction.atomic():
        return len(batch.clones), _stage.cloner.write(batch)
