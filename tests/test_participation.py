"""The arithmetic of M2, H3, H4, H5 and H6 on records made by hand (engagement/participation.py)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from departments.worktime import Hours, Week, Worktime, add_days
from engagement.evidence import Cases, Did
from engagement.ladder import QUARTER, YEAR
from engagement.participation import (
    ContentContribution,
    Contribution,
    Decision,
    Opportunity,
    OutboundItem,
    Outcome,
    PublishedItem,
    co_produced,
    entered_a_decision,
    had_a_say,
    invites,
    loops_closed,
    published_in,
)

KARACHI = ZoneInfo("Asia/Karachi")
WORKTIME = Worktime(
    KARACHI,
    (Week(date(2000, 1, 1), {day: (Hours(540, 1020),) for day in range(5)}),),
    frozenset(),
)
YEAR_BEGINS = datetime(2025, 10, 1, tzinfo=KARACHI)
QUARTER_BEGINS = datetime(2026, 7, 1, tzinfo=KARACHI)
END = datetime(2026, 9, 30, 23, 59, tzinfo=KARACHI)


def on(day: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=KARACHI)


def items(n: int, *, day: str = "2026-08-01", answerable: int | None = None) -> list[OutboundItem]:
    good = n if answerable is None else answerable
    return [OutboundItem(on(day), replies_open=k < good, reaches_inbox=True) for k in range(n)]


class TestInvites:
    def test_of_the_quarter_where_it_has_ten(self) -> None:
        assert invites([*items(12, answerable=9), *items(30, day="2026-01-10")], QUARTER_BEGINS, END) == Cases(
            9, 12, QUARTER
        )

    def test_else_of_twelve_months(self) -> None:
        assert invites([*items(9), *items(30, day="2026-01-10", answerable=20)], QUARTER_BEGINS, END) == Cases(
            29, 39, YEAR
        )

    def test_a_reply_must_reach_the_inbox(self) -> None:
        deaf = [replace(each, reaches_inbox=False) for each in items(10)]
        assert invites(deaf, QUARTER_BEGINS, END).successes == 0

    def test_alerts_of_an_incident_and_what_came_after_do_not_count(self) -> None:
        alert = replace(items(1)[0], incident="flood-3")
        later = OutboundItem(END + timedelta(days=1), replies_open=True, reaches_inbox=True)
        assert invites([alert, later], QUARTER_BEGINS, END) == Cases(0, 0, YEAR)
        assert published_in([alert, later, *items(2)], QUARTER_BEGINS, END) == items(2)


def people(n: int, offline: int, **more: str) -> tuple[Contribution, ...]:
    return tuple(Contribution(f"c{k}", k < offline, **more) for k in range(n))


CONSULTATION = Opportunity(on("2026-08-03"), on("2026-08-17"), is_on_work=True, contributions=people(20, 5))


class TestInput:
    @pytest.mark.parametrize(
        ("changes", "is_met"),
        [
            ({}, True),
            ({"closed_at": on("2026-08-14")}, False),  # nine working days
            ({"contributions": people(19, 5)}, False),
            ({"contributions": people(20, 4)}, False),
            (
                {"contributions": (*people(19, 5), Contribution("c3"), Contribution(None))},
                False,
            ),  # one twice, one unknown
            ({"is_on_work": False}, False),
            ({"decided_at": on("2026-08-16")}, False),  # decided before it closed
            ({"decided_at": on("2026-08-18")}, True),
        ],
    )
    def test_one_that_counts(self, changes: dict[str, object], is_met: bool) -> None:
        chance = replace(CONSULTATION, **changes)
        assert had_a_say([chance], WORKTIME, END).is_met is is_met

    def test_how_many(self) -> None:
        trivial = replace(CONSULTATION, contributions=())
        assert had_a_say([CONSULTATION, trivial], WORKTIME, END) == Did(True, 1, 2)
        assert had_a_say([], WORKTIME, END) == Did(False, 0, 0)

    def test_one_that_is_still_open_has_been_open_so_far(self) -> None:
        open_one = replace(CONSULTATION, closed_at=on("2026-12-01"))
        assert not had_a_say([open_one], WORKTIME, on("2026-08-14")).is_met
        assert had_a_say([open_one], WORKTIME, on("2026-08-17")).is_met


def item(*contributors: str, **changes: object) -> PublishedItem:
    good = ContentContribution("", is_government=False, is_accepted=True, credit="by a citizen")
    return PublishedItem(on("2026-08-01"), tuple(replace(good, contributor=who, **changes) for who in contributors))


class TestCoProduction:
    def test_three_items_of_three_people(self) -> None:
        assert co_produced([item("a"), item("b"), item("c")]) == Did(True, 3, 3)
        assert co_produced([item("a", "b", "c"), item("a"), item("b")]).is_met
        assert not co_produced([item("a", "b", "c"), item("a")]).is_met
        assert co_produced([item("a"), item("b"), item("a")]) == Did(False, 3, 3)

    @pytest.mark.parametrize("changes", [{"is_government": True}, {"is_accepted": False}, {"credit": " "}])
    def test_only_accepted_and_credited_ones_from_outside(self, changes: dict[str, object]) -> None:
        assert co_produced([item("a"), item("b"), item("c", **changes)]) == Did(False, 2, 3)


CLOSED = on("2026-04-01")
DUE = add_days(WORKTIME, CLOSED, 60)
TOLD = Outcome("Much.", "A well.", "It is dry.", "It is dug.", DUE)
LOOP = Opportunity(
    on("2026-03-01"), CLOSED, True, people(4, 0, disposition="adopted", reason="It is good."), outcome=TOLD
)


class TestLoops:
    def test_told_on_the_last_day_is_in_time(self) -> None:
        assert loops_closed([LOOP], WORKTIME, YEAR_BEGINS, END) == Cases(1, 1, YEAR)

    @pytest.mark.parametrize(
        "changes",
        [
            {"outcome": None},
            {"outcome": replace(TOLD, published_at=DUE + timedelta(seconds=1))},
            {"outcome": replace(TOLD, why=" ")},
            {"contributions": (*LOOP.contributions, Contribution("x"), Contribution("y"))},  # 4 of 6 told
            {"contributions": people(4, 0, disposition="not")},  # without a reason
            {"decided_at": CLOSED - timedelta(days=1)},
        ],
    )
    def test_else_it_is_open(self, changes: dict[str, object]) -> None:
        assert loops_closed([replace(LOOP, **changes)], WORKTIME, YEAR_BEGINS, END) == Cases(0, 1, YEAR)

    def test_three_in_four_told_will_do_and_nobody_is_all(self) -> None:
        one_untold = replace(LOOP, contributions=(*LOOP.contributions[:3], Contribution("x")))
        nobody = replace(LOOP, contributions=())
        assert loops_closed([one_untold, nobody], WORKTIME, YEAR_BEGINS, END) == Cases(2, 2, YEAR)

    def test_only_what_was_due_counts(self) -> None:
        assert loops_closed([LOOP], WORKTIME, YEAR_BEGINS, DUE - timedelta(seconds=1)) == Cases(0, 0, YEAR)
        assert loops_closed([LOOP], WORKTIME, DUE, END) == Cases(0, 0, YEAR)
        assert loops_closed([], WORKTIME, YEAR_BEGINS, END) == Cases(0, 0, YEAR)


TODAY = date(2026, 9, 30)
DECISION = Decision(date(2026, 6, 1), "Secretary", "The wells are dry.", ("not", "partly"), date(2026, 7, 2))


class TestDecisions:
    @pytest.mark.parametrize(
        ("changes", "is_met"),
        [
            ({}, True),  # news 90 days old
            ({"news_on": date(2026, 7, 1)}, False),
            ({"dispositions": ("not", "out_of_scope")}, False),
            ({"dispositions": (), "is_binding_vote": True}, True),
            ({"decided_by": " "}, False),
            ({"reason": ""}, False),
            ({"closed_on": date(2026, 6, 2)}, False),  # decided before citizens had finished
            ({"closed_on": date(2026, 6, 1)}, True),
        ],
    )
    def test_one_that_counts(self, changes: dict[str, object], is_met: bool) -> None:
        assert entered_a_decision([replace(DECISION, **changes)], TODAY).is_met is is_met

    def test_how_many(self) -> None:
        assert entered_a_decision([DECISION, replace(DECISION, reason="")], TODAY) == Did(True, 1, 2)
        assert entered_a_decision([], TODAY) == Did(False, 0, 0)


def test_moments_are_compared_whatever_their_zone() -> None:
    assert invites([OutboundItem(END.astimezone(UTC), True, True)], QUARTER_BEGINS, END).trials == 1
