"""Plays many lives in one order of time, with the sweeps between them, by the verbs alone."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from complaints.demo import clock
from complaints.demo.courses import live
from complaints.demo.lives import Life, Turns
from complaints.demo.manners import REASONS
from complaints.demo.offices import Office
from complaints.demo.places import spot
from complaints.models import Duty
from complaints.sweep import sweep

# How far back the demo remembers.
MEMORY = timedelta(days=365)
# By this the demo's complaints are known among others: submission tokens are kept (Complaint.idempotency_key).
TOKENS = "demo:"


@dataclass(frozen=True)
class Play:
    """Which lives of the story that `seed` tells are played, by their numbers, from `since` up to `at`. A number is
    always the same life, whatever else is played."""

    seed: str
    numbers: Sequence[int]
    since: datetime
    at: datetime


def life_tokens(seed: str) -> str:
    """Return how the submission tokens of the lives of `seed` begin. Reference and tracking code of a life follow
    from its token and this machine's key."""
    return f"{TOKENS}{seed}:life:"


def perform(play: Play, offices: Sequence[Office], progress: Callable[[int], None] | None = None) -> None:
    """Play the lives in the order of time, and sweep as the machine would have; nothing happens at `at` or later.

    One transaction, so that a break leaves nothing half told. `progress` is told of each life that begins.
    """
    turns = {number: live(_life(play, number, offices)) for number in play.numbers}
    waiting = [(next(turn), 0, number) for number, turn in turns.items()]
    heapq.heapify(waiting)
    with transaction.atomic():
        sweep(at=play.since)  # learns the calendars before anything is owed
        for due in clock.sweeps_between(play.since, play.at, offices[0].worktime.zone):
            _play_until(due, waiting, turns, progress)
            if Duty.objects.rung_due(due).exists():
                sweep(at=due)
        _play_until(play.at, waiting, turns, progress)


def _play_until(
    end: datetime,
    waiting: list[tuple[datetime, int, int]],
    turns: Mapping[int, Turns],
    progress: Callable[[int], None] | None,
) -> None:
    """Play every act before `end`; `waiting` is a heap of (moment, acts so far, number of the life)."""
    while waiting and waiting[0][0] < end:
        _moment, acts, number = heapq.heappop(waiting)
        coming = next(turns[number], None)
        if coming is not None:
            heapq.heappush(waiting, (coming, acts + 1, number))
        if acts == 0 and progress is not None:
            progress(1)


def _life(play: Play, number: int, offices: Sequence[Office]) -> Life:
    rng = Random(f"{play.seed}:{number}")  # each life has its own chance, whatever the others do
    theirs = rng.choices(offices, [office.manner.volume for office in offices])[0]
    office = theirs
    if rng.random() < theirs.manner.misfiled:
        office = rng.choice([other for other in offices if other is not theirs])
    reason = rng.choices(list(REASONS), list(REASONS.values()))[0]
    category = rng.choice(theirs.categories[reason])
    language = "ur" if rng.random() < theirs.manner.urdu else "en"
    token = f"{life_tokens(play.seed)}{number}"
    life = Life(
        number,
        token,
        rng,
        offices,
        office,
        theirs,
        reason,
        category,
        language,
        since=play.since,
        until=play.at,
        aside=Random(f"{play.seed}:{number}:aside"),
    )
    where = spot(rng, life.aside, theirs.code, language)
    life.place, life.district = where.words, theirs.districts[where.district]
    life.text = f"{life.says('openings')}{life.on_topic('asks')}{life.says('closings')}"
    return life
