"""Citizens' levels, weights by channel, bounds for silence, cells for the public, the difference, and the draw."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from engagement.cells import Total, exact_cells, exact_total, public_cells, public_total
from engagement.difference import RecordsReading, difference
from engagement.drawing import (
    FEWEST_CALLS,
    MOST_CALLS,
    Contact,
    calls_for,
    can_be_called,
    in_drawn_order,
    place_of,
)
from engagement.heard import (
    Heard,
    at_least_medium,
    at_level,
    could_say,
    is_satisfied,
    level,
    was_answered,
    was_explained,
    was_used,
)
from engagement.scale import Level, level_of
from engagement.showing import publicly
from engagement.weighting import FEWEST_OF_A_CHANNEL, Stratum, merge, weighted
from engagement.wilson import wilson

LOW, MEDIUM, HIGH = Level
STRATA = st.lists(
    st.integers(0, 60).flatmap(lambda m: st.tuples(st.integers(m, 500), st.just(m), st.integers(0, m))),
    min_size=1,
    max_size=8,
).map(lambda rows: [Stratum(f"c{place}", *row) for place, row in enumerate(rows)])


class TestLevel:
    @pytest.mark.parametrize(
        ("answered", "said", "used", "found"),
        [
            ("no", True, "yes", LOW),
            ("no", None, "", LOW),
            ("yes", False, "none_given", LOW),  # LOW-plus
            ("partly", None, "yes", LOW),
            ("yes", True, "no", MEDIUM),
            ("partly", True, "none_given", MEDIUM),
            ("partly", True, "", MEDIUM),
            ("yes", True, "yes", HIGH),
            ("partly", True, "yes", HIGH),
            ("", True, "yes", None),
        ],
    )
    def test_three_questions_place_the_office(
        self, answered: str, said: bool | None, used: str, found: Level | None
    ) -> None:
        assert level_of(answered, said, used) is found

    def test_levels_stand_in_order(self) -> None:
        assert [each.rank for each in Level] == [0, 1, 2]


class TestWeighted:
    def test_the_published_vector(self) -> None:
        """Asked 120, answered 38, yes 24: 63 % [47-77 %], bounds 20-88 %, answer rate 32 %."""
        found = weighted([Stratum("phone", 900, 38, 24)], 120)
        assert found.share is not None
        assert found.answer_rate is not None
        assert [round(100 * part) for part in (found.share, *found.interval, *found.bounds, found.answer_rate)] == [
            63, 47, 77, 20, 88, 32,
        ]  # fmt: skip
        assert found.speaks_for_all

    def test_channels_count_as_much_as_they_were_used(self) -> None:
        """By hand: 0.8 x 6/10 + 0.2 x 20/20; w is 2.4 and 0.3, so n_eff is 30 squared over 10 x 5.76 + 20 x 0.09."""
        found = weighted([Stratum("phone", 800, 10, 6), Stratum("web", 200, 20, 20)], 60)
        assert found.share == pytest.approx(0.68)
        assert found.effective == pytest.approx(900 / 59.4)
        assert found.interval == pytest.approx(wilson(0.68 * 900 / 59.4, 900 / 59.4))

    def test_nobody_answered(self) -> None:
        found = weighted([Stratum("phone", 90, 0, 0)], 30)
        assert (found.share, found.interval, found.bounds, found.answer_rate) == (None, (0, 1), (0, 1), 0)
        assert not found.speaks_for_all

    def test_nobody_was_asked(self) -> None:
        found = weighted([], 0)
        assert (found.share, found.bounds, found.answer_rate) == (None, (0, 1), None)
        assert not found.speaks_for_all

    @pytest.mark.parametrize(("answered", "enough"), [(24, True), (23, False)])
    def test_below_a_fifth_it_does_not_speak_for_all(self, answered: int, enough: bool) -> None:
        assert weighted([Stratum("phone", 500, answered, 10)], 120).speaks_for_all is enough

    @pytest.mark.parametrize(
        ("stratum", "asked"),
        [
            (Stratum("a", 9, 3, 4), 9),
            (Stratum("a", 2, 3, 1), 9),
            (Stratum("a", 9, 3, -1), 9),
            (Stratum("a", 9, 9, 1), 8),
        ],
    )
    def test_what_cannot_be_is_refused(self, stratum: Stratum, asked: int) -> None:
        with pytest.raises(ValueError, match=r"cannot be|were asked"):
            weighted([stratum], asked)

    @given(st.integers(1, 400), st.data())
    def test_one_channel_is_plain_wilson_as_scipy_has_it(self, answered: int, data: st.DataObject) -> None:
        positive = data.draw(st.integers(0, answered))
        found = weighted([Stratum("phone", answered * 2, answered, positive)], answered)
        judge = binomtest(positive, answered).proportion_ci(0.95, "wilson")
        assert found.interval == pytest.approx((judge.low, judge.high), abs=1e-6)
        assert found.effective == pytest.approx(answered)

    @given(STRATA, st.integers(0, 300))
    def test_it_lies_where_it_must(self, strata: list[Stratum], silent: int) -> None:
        answered = sum(each.answered for each in strata)
        found = weighted(strata, answered + silent)
        if found.share is None:
            assert not answered
            return
        assert 0 <= found.interval[0] <= found.share + 1e-9
        assert found.share - 1e-9 <= found.interval[1] <= 1
        assert found.effective <= answered + 1e-9, "weights never make answers surer"
        plain = found.positive / answered
        assert found.bounds[0] <= plain <= found.bounds[1]

    @given(STRATA)
    def test_yes_and_no_mirror_each_other(self, strata: list[Stratum]) -> None:
        asked = sum(each.answered for each in strata)
        yes = weighted(strata, asked)
        no = weighted([Stratum(s.channel, s.contacts, s.answered, s.answered - s.positive) for s in strata], asked)
        if yes.share is not None and no.share is not None:
            assert yes.share + no.share == pytest.approx(1)
            assert (1 - no.interval[1], 1 - no.interval[0]) == pytest.approx(yes.interval, abs=1e-9)


class TestMerge:
    @given(STRATA)
    def test_nobody_is_lost_and_no_channel_is_small(self, strata: list[Stratum]) -> None:
        merged = merge(strata)
        for count in ("contacts", "answered", "positive"):
            assert sum(getattr(s, count) for s in merged) == sum(getattr(s, count) for s in strata)
        assert all(s.answered >= FEWEST_OF_A_CHANNEL for s in merged) or len(merged) == 1

    def test_channels_that_are_large_enough_stay_alone(self) -> None:
        large = [Stratum("a", 10, 5, 1), Stratum("b", 10, 7, 1)]
        assert merge(large) == large

    def test_the_few_join_the_smallest_where_they_are_too_few_together(self) -> None:
        found = merge([Stratum("a", 10, 2, 1), Stratum("b", 9, 8, 1), Stratum("c", 9, 6, 3)])
        assert found == [Stratum("a+c", 19, 8, 4), Stratum("b", 9, 8, 1)]

    def test_the_few_stay_together_where_they_are_enough(self) -> None:
        found = merge([Stratum("a", 10, 4, 1), Stratum("b", 9, 3, 1), Stratum("c", 9, 6, 3), Stratum("d", 0, 0, 0)])
        assert found == [Stratum("a+b", 19, 7, 2), Stratum("c", 9, 6, 3)]


class TestHeard:
    SAID = {
        "contacts": {"phone": 40, "web": 10},
        "asked": 30,
        "said": [
            ["phone", "yes", True, "yes", True, 5, 6],
            ["phone", "partly", True, "no", True, 3, 2],
            ["phone", "no", None, "", None, None, 4],
            ["web", "", True, "none_given", False, 4, 3],
        ],
    }

    def test_each_question_counts_who_answered_it(self) -> None:
        heard = Heard.read(self.SAID)
        questions = {
            at_least_medium: (8, 12), at_level(HIGH): (6, 12), was_answered: (6, 12), could_say: (11, 11),
            was_used: (6, 8), is_satisfied: (9, 11), was_explained: (8, 11),
        }  # fmt: skip
        for question, (positive, answered) in questions.items():
            found = heard.share(question)
            assert (found.positive, found.answered, found.asked) == (positive, answered, 30)
        assert heard.counts(level) == {HIGH: 6, MEDIUM: 2, LOW: 4}
        assert heard.counts(lambda reply: reply.used or None) == {"yes": 6, "no": 2, "none_given": 3}


class TestCells:
    @pytest.mark.parametrize(
        ("counts", "told"),
        [
            ([20, 30, 10], ["20", "30", "10"]),
            ([20, 0, 10], ["20", "0", "10"]),
            ([20, 3, 10], ["20", "fewer than 5", None]),
            ([20, 3, 0], [None, "fewer than 5", None]),
            ([20, 3, 4], ["20", "fewer than 5", "fewer than 5"]),
            ([20, 1, 1], [None, "fewer than 5", "fewer than 5"]),
            ([4, 3, 2], [None, None, None]),
        ],
    )
    def test_the_public_cannot_reckon_a_small_one(self, counts: list[int], told: list[str | None]) -> None:
        assert public_cells(counts) == told

    @given(st.lists(st.integers(0, 50), min_size=2, max_size=5))
    def test_what_is_hidden_is_never_alone(self, counts: list[int]) -> None:
        told = public_cells(counts)
        hidden = [n for n, text in zip(counts, told, strict=True) if text is None or not text.isdecimal()]
        assert not hidden or len(hidden) > 1
        assert not hidden or sum(hidden) >= 5 or len(hidden) == len(counts)
        assert all(text is None or not text.isdecimal() for n, text in zip(counts, told, strict=True) if 0 < n < 5)

    def test_officials_are_told_all(self) -> None:
        assert exact_cells([1, 2000]) == ["1", "2,000"]


PAIRS = st.integers(0, 16).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


class TestTotals:
    """Of several departments of which some may not have their own share told."""

    @pytest.mark.parametrize(
        ("pairs", "total"),
        [
            ([], (0, 0, 0)),
            ([(20, 20), (10, 30)], (30, 30, 50)),
            ([(20, 20), (19, 20)], (36, 39, 40)),
            ([(20, 20), (19, 20), (17, 20)], (52, 58, 60)),
            ([(20, 20), (18, 20), (17, 20)], (55, 55, 60)),
            ([(20, 20), (16, 20), (16, 20)], (52, 58, 60)),
            ([(20, 20), (3, 7)], (20, 27, 27)),
            ([(20, 20), (0, 4)], (20, 20, 20)),
            ([(2, 20), (17, 20)], (19, 19, 40)),
            ([(3, 20), (3, 20), (30, 60)], (36, 36, 100)),
        ],
        ids=str,
    )
    def test_a_kept_back_share_stays_so_and_still_counts(self, pairs: list[tuple[int, int]], total: object) -> None:
        assert public_total(pairs) == Total(*total)  # type: ignore[misc]

    @given(st.lists(PAIRS, max_size=4))
    def test_nobody_can_reckon_what_one_department_keeps_back(self, pairs: list[tuple[int, int]]) -> None:
        found = public_total(pairs)
        counted = [(k, n) for k, n in pairs if n >= 5]
        possible = [[other for other in range(n + 1) if publicly(other, n) == publicly(k, n)] for k, n in counted]
        assert found.n == sum(n for _k, n in counted)
        assert found.least <= sum(k for k, _n in counted) <= found.most
        sums = [each for each in product(*possible) if found.least <= sum(each) <= found.most]
        for place, alone in enumerate(possible):
            assert len(alone) == 1 or len({each[place] for each in sums}) > 1

    def test_officials_are_told_the_sum(self) -> None:
        assert exact_total([(19, 20), (0, 2)]) == Total(19, 19, 22)


class TestDifference:
    def test_the_published_vector(self) -> None:
        """7 of 9 officials above what the records allow: 78 % [45-94 %]."""
        found = difference({HIGH: 7, MEDIUM: 2}, RecordsReading(LOW, MEDIUM))
        assert (found.above, found.n) == (7, 9)
        assert [round(100 * end) for end in found.interval] == [45, 94]

    @pytest.mark.parametrize(("possible", "above"), [(LOW, 5), (MEDIUM, 3), (HIGH, 0)])
    def test_only_what_lies_higher_counts(self, possible: Level, above: int) -> None:
        assert difference({HIGH: 3, MEDIUM: 2, LOW: 4}, RecordsReading(LOW, possible)).above == above


def contact(pk: int, **changes: object) -> Contact:
    fields = {
        "reference": f"R{pk}", "channel": "phone", "anonymity": "named", "kind": "phone", "address": f"+92{pk}",
        "proven": False, "taken": True,
    }  # fmt: skip
    return Contact(pk, **(fields | changes))  # type: ignore[arg-type]


class TestDraw:
    @pytest.mark.parametrize(
        ("contacts", "calls"), [(0, 0), (12, 12), (30, 30), (600, 30), (601, 31), (8000, 400), (1_000_000, 400)]
    )
    def test_how_many(self, contacts: int, calls: int) -> None:
        assert calls_for(contacts) == calls

    @given(st.integers(0, 10**7))
    def test_never_more_than_there_are(self, contacts: int) -> None:
        assert min(contacts, FEWEST_CALLS) <= calls_for(contacts) <= min(contacts, MOST_CALLS)

    @pytest.mark.parametrize(
        ("changes", "can"),
        [
            ({}, True),
            ({"taken": False}, False),
            ({"taken": False, "proven": True}, True),
            ({"kind": "sms"}, True),
            ({"kind": "whatsapp"}, True),
            ({"kind": "email", "proven": True}, False),
            ({"kind": "", "address": ""}, False),
            ({"anonymity": "hidden"}, True),
            ({"anonymity": "unknown"}, False),
        ],
    )
    def test_who_can_be_called(self, changes: dict[str, object], can: bool) -> None:
        assert can_be_called(contact(1, **changes)) is can

    def test_the_seed_decides_and_nothing_else(self) -> None:
        some = [contact(pk) for pk in range(60)]
        first = list(in_drawn_order(some, "a"))
        assert first == list(in_drawn_order(reversed(some), "a"))
        assert first != list(in_drawn_order(some, "b"))
        assert set(first) == set(some)
        places = [place_of(each.reference, "a") for each in first]
        assert places == sorted(places)

    def test_one_number_is_called_once(self) -> None:
        some = [contact(pk, address="+92300") for pk in range(5)] + [contact(9)]
        assert len(list(in_drawn_order(some, "a"))) == 2

    def test_it_favours_nobody(self) -> None:
        """Of 40 each is among the first ten of 2,000 draws about as often as any other."""
        some = [contact(pk) for pk in range(40)]
        often = dict.fromkeys(range(40), 0)
        for seed in range(2000):
            for each in list(in_drawn_order(some, str(seed)))[:10]:
                often[each.pk] += 1
        assert all(390 < n < 610 for n in often.values())


def test_the_levels_are_in_their_own_order_not_that_of_the_alphabet() -> None:
    assert sorted(Level, key=lambda each: each.rank) == [LOW, MEDIUM, HIGH]
    assert LOW < MEDIUM < HIGH
    assert HIGH > MEDIUM > LOW
    assert LOW <= LOW <= HIGH >= HIGH >= MEDIUM
    assert not HIGH < MEDIUM
