"""What everybody is told of a figure is what officials are told, or less: never another number (measurement 2.10)."""

import re
from collections.abc import Iterator, Mapping

import pytest

from engagement.dashboard.exhibits import Asked, Cell, Exhibit, Span, written
from engagement.dashboard.panels import OFFICIAL, PUBLIC
from engagement.periods import Quarter
from tests.lives import MONDAY, concluded, day, filed
from tests.test_reports_pages import FOR_EVERYBODY, rated, read_by_citizens
from tests.world import departments_now, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

# What is of other cases for the public, and says so: a step must have ten cases to be the weakest; what may not be told
# is left out of the departments that are compared and of the whole of the tools, departments with fewer than five cases
# out of the claims.
OF_OTHER_CASES = re.compile(r"weakest|figure-3|from-\d+|none,|level, .*, Cases")
PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")


def plain(cell: Cell) -> str:
    return re.sub(r"[\u2066-\u2069\u00a0,]", "", written(cell))


def follows(public: str, official: str) -> bool:
    """Whether the public's cell is the official's, says nothing, or bounds it."""
    if public == official or public in ("", "–") or "too few" in public.lower():
        return True
    shares, known = PERCENT.findall(public), PERCENT.findall(official)
    if public.startswith(("at least", "at most")) and shares and known:
        more = float(known[0]) - float(shares[0])
        return more >= 0 if public.startswith("at least") else more <= 0
    if (bounds := re.match(r"(\d+)–(\d+)%", public)) and known:
        return float(bounds[1]) <= float(known[0]) <= float(bounds[2])
    numbers = [float(found) for found in re.findall(r"\d+(?:\.\d+)?", official)]
    if public.startswith("fewer than 5"):
        return bool(numbers) and 0 < numbers[0] < 5
    return public.startswith("at least") and bool(numbers) and numbers[0] >= float(public.split()[2])


def pairs(public: Exhibit, official: Exhibit) -> Iterator[tuple[str, str, str]]:
    """Each cell of both, with where it stands."""
    rows: Mapping[str, tuple[Cell, ...]] = {plain(row[0]): row for row in official.table.rows}
    for row in public.table.rows:
        for head, told, known in zip(
            public.table.head, row, rows.get(plain(row[0]), ("no such row",) * len(row)), strict=True
        ):
            yield f"{public.name}, {plain(row[0])}, {head}", plain(told), plain(known)


@pytest.mark.parametrize("answered_ones", [(7, 9, 12), (6, 14, 10), (12, 12, 11)], ids=str)
def test_the_public_is_told_the_same_or_less(answered_ones: tuple[int, ...]) -> None:
    for code, n in zip(("alpha", "beta", "gamma"), answered_ones, strict=True):
        world = make_world(code)
        for number in range(15):
            concluded(world) if number < n else filed(world)
    read_by_citizens()
    rated()
    departments, quarter, now = departments_now(), Quarter.of(MONDAY.date()), day(60)
    wrong, compared = [], 0
    for report in FOR_EVERYBODY:
        for asked_of in ([each] for each in departments) if report.span is not Span.ALL else [departments]:
            official, public = (
                {each.name: each for each in report.build(Asked(asked_of, quarter, now, now, reader))}
                for reader in (OFFICIAL, PUBLIC)
            )
            for place, told, known in (found for name in public for found in pairs(public[name], official[name])):
                compared += told == known != ""
                if not OF_OTHER_CASES.search(place) and not follows(told, known):
                    wrong.append(f"{report.slug}: {place}: the public reads {told!r}, officials {known!r}")
    assert not wrong, "\n".join(wrong)
    assert compared > 500, "or nothing was compared"
