"""Clones the lives of a stock: which ones how often, under which references, and the rows of each clone."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.conf import settings
from django.db import connection

from complaints.demo import words
from complaints.demo.archetypes import TABLES, Archetype, read
from complaints.demo.compiling import Unclonable, compiled
from complaints.demo.manners import MANNERS
from complaints.demo.offices import Office
from complaints.demo.patterns import Fresh, Pattern
from complaints.demo.places import spot
from complaints.demo.playing import TOKENS
from complaints.demo.sheets import writer
from complaints.models import Closure, StageEntry
from complaints.references import address_proof, code_hmac, reference_of, tracking_code

# Clones written in one transaction: some 80,000 rows.
BATCH = 2000
# Of a million queries so many are not concluded; with more, the government would have stopped working.
OPEN_SHARE = 0.04
_READ_AT_ONCE = 400
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Stock:
    """The patterns to clone, the office of each, and in `sequence` the number of the pattern of every clone, in the
    order of time."""

    seed: str
    patterns: Sequence[Pattern]
    offices: Sequence[Office]
    sequence: Sequence[int]


@dataclass(frozen=True)
class Batch:
    """Clones to be written in one transaction: their first key in each table, and for each the number of its
    pattern, the number of its token, and its reference."""

    number: int
    first_keys: Sequence[int]
    clones: Sequence[tuple[int, int, str]]


def stocked(seed: str, played: Iterable[int], offices: Sequence[Office], *, at: datetime, count: int) -> Stock:
    """Return the stock for `count` clones of these complaints (primary keys), all to lie before `at`."""
    dialect = writer()
    by_department = {office.department.pk: office for office in offices}
    keys = sorted(played)
    patterns, theirs, kinds, days = [], [], [], []
    for start in range(0, len(keys), _READ_AT_ONCE):
        for archetype in read(keys[start : start + _READ_AT_ONCE]).values():
            office = by_department[archetype.complaint["department_id"]]
            try:
                patterns.append(compiled(archetype, until=at, worktime=office.worktime, dialect=dialect))
            except Unclonable:
                continue
            theirs.append(office)
            kinds.append((office.code, _is_open(archetype)))
            days.append(archetype.complaint["recorded_at"].toordinal())
    return Stock(seed, patterns, theirs, _sequence(seed, _quotas(_weights(kinds), count), days))


def _is_open(archetype: Archetype) -> bool:
    concluded = any(closure["voided_at"] is None for closure in archetype.rows[Closure])
    return not concluded and archetype.rows[StageEntry][-1]["left_at"] is None


def _weights(kinds: Sequence[tuple[str, bool]]) -> list[float]:
    """Return a weight for each life, so that departments get their volumes and about OPEN_SHARE stay open; who has
    more open ones than others keeps more of them."""
    still_open = sum(is_open for _, is_open in kinds)
    kept = OPEN_SHARE / (1 - OPEN_SHARE) * max(1, len(kinds) - still_open) / max(1, still_open)
    plain = [kept if is_open else 1.0 for _, is_open in kinds]
    of_department: dict[str, float] = defaultdict(float)
    for (code, _), weight in zip(kinds, plain, strict=True):
        of_department[code] += weight
    return [
        weight * MANNERS[code].volume * MANNERS[code].crowded / of_department[code]
        for (code, _), weight in zip(kinds, plain, strict=True)
    ]


def _quotas(weights: Sequence[float], count: int) -> list[int]:
    """Share `count` out by weight, whole numbers, the largest remainders rounded up."""
    exact = [weight * count / sum(weights) for weight in weights]
    quotas = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda number: quotas[number] - exact[number])
    for number in by_remainder[: count - sum(quotas)]:
        quotas[number] += 1
    return quotas


def _sequence(seed: str, quotas: Sequence[int], days: Sequence[int]) -> Sequence[int]:
    """Return pattern numbers by the day on which the life was recorded, shuffled within the day."""
    rng = Random(f"{seed}:sequence")
    of_day: dict[int, list[int]] = {}
    for number, (quota, day) in enumerate(zip(quotas, days, strict=True)):
        of_day.setdefault(day, []).extend([number] * quota)
    sequence = array("L")
    for _day, numbers in sorted(of_day.items()):
        rng.shuffle(numbers)
        sequence.extend(numbers)
    return sequence


def batches(stock: Stock, first_keys: Sequence[int], taken: set[str]) -> Iterator[Batch]:
    """Yield the batches of the stock; each can be written by any process, in any order, with the same result.

    A clone has the reference that its token gives at the first draw; tokens whose reference is `taken` are left out.
    """
    counts = [pattern.counts() for pattern in stock.patterns]
    next_keys, token = list(first_keys), 0
    for start in range(0, len(stock.sequence), BATCH):
        clones = []
        for number in stock.sequence[start : start + BATCH]:
            while (reference := _reference(stock.seed, token)) in taken:
                token += 1
            taken.add(reference)
            clones.append((number, token, reference))
        yield Batch(start // BATCH, tuple(next_keys), clones)
        for clone in clones:
            next_keys = [key + count for key, count in zip(next_keys, counts[clone[0]], strict=True)]


def _reference(seed: str, number: int) -> str:
    return reference_of(settings.TRACKING_KEY, _token(seed, number), 0)


def totals(stock: Stock) -> list[int]:
    """Return how many rows each table will get."""
    sums = [0] * len(TABLES)
    for number, times in Counter(stock.sequence).items():
        sums = [had + times * count for had, count in zip(sums, stock.patterns[number].counts(), strict=True)]
    return sums


def _token(seed: str, number: int) -> str:
    return f"{TOKENS}{seed}:clone:{number}"


class Cloner:
    """Writes batches of one stock."""

    def __init__(self, stock: Stock) -> None:
        self._stock, self._writer = stock, writer()
        self._counts = [pattern.counts() for pattern in stock.patterns]
        self._sheets = [self._writer.sheet(pattern) for pattern in stock.patterns]

    def write(self, batch: Batch) -> int:
        """Write the rows of a batch in the caller's transaction, and return how many there are."""
        rng = Random(f"{self._stock.seed}:batch:{batch.number}")
        keys = list(batch.first_keys)
        for number, token, reference in batch.clones:
            pattern = self._stock.patterns[number]
            fresh = self._fresh(rng, pattern, self._stock.offices[number], token, reference)
            values = pattern.fill(keys, fresh, self._writer)
            self._writer.add(self._sheets[number], values)
            keys = [key + count for key, count in zip(keys, self._counts[number], strict=True)]
        return self._writer.write(list(TABLES))

    def _fresh(self, rng: Random, pattern: Pattern, office: Office, number: int, reference: str) -> Fresh:
        token = _token(self._stock.seed, number)
        code = tracking_code(settings.TRACKING_KEY, token)
        district, where = spot(rng, rng, office.code, pattern.language)
        # The digits of the reference, without the check, are nobody else's.
        own = int(reference.replace("-", "")[:-1])
        address = words.address(pattern.contact, own, where) if pattern.contact else ""
        name = words.person(rng, pattern.language)
        shift = rng.randint(pattern.least // _TICK, pattern.greatest // _TICK) * _TICK
        proof = address_proof(settings.TRACKING_KEY, pattern.contact, address) if address else ""
        hashed = code_hmac(settings.TRACKING_KEY, code)
        there = office.districts[district].pk
        return Fresh(reference, hashed, token, name, address, where, there, code, proof, shift)


def reserve(rows: Sequence[int]) -> list[int]:
    """Set so many keys of each table aside, and return the first of each: whoever files meanwhile gets later ones."""
    first = []
    with connection.cursor() as cursor:
        for model, count in zip(TABLES, rows, strict=True):
            table = model._meta.db_table
            cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {connection.ops.quote_name(table)}")
            last = cursor.fetchone()[0]
            if connection.vendor == "postgresql":
                cursor.execute("SELECT GREATEST(%s, nextval(pg_get_serial_sequence(%s, 'id')))", [last, table])
                last = cursor.fetchone()[0]
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last + max(1, count)])
            first.append(last + 1)
    return first
