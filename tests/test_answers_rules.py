"""What is a real answer (measurement 2.3): its own words, its kind, its delivery, and what the citizen says of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import Exists, OuterRef
from hypothesis import given
from hypothesis import strategies as st

from complaints.answers import (
    CONTEST_DAYS,
    NEEDS_OWN_TEXT,
    OWN_SHARE_NEEDED,
    REAL_KINDS,
    STANDARD_TEXT_WILL_DO,
    contest_until,
    own_share,
    substantive,
)
from complaints.models import Complaint, Contest, Letter
from complaints.models.letters import ANSWERS, LetterKind
from departments.sops import Reason
from tests import lives
from tests.lives import day, minute
from tests.world import World, make_world

TEMPLATE = "Thank you for your letter. The form that you need is at every counter; bring your identity card."
WORDS = st.lists(st.sampled_from([*"abcdefgh", "نہر", "پانی"]), max_size=30).map(" ".join)


class TestOwnShare:
    @pytest.mark.parametrize(
        ("text", "template", "share"),
        [
            (TEMPLATE, TEMPLATE, 0),
            (TEMPLATE.upper().replace(".", "!\n\n"), TEMPLATE, 0),
            (TEMPLATE.replace("form", "fo\u200brm").replace("card", "ca\u0301rd"), TEMPLATE, 0),
            (f"{TEMPLATE} {TEMPLATE}", TEMPLATE, 0),
            ("c d a b", "a b c d", 0),  # moved about
            ("a", "a", 0),
            ("a b c x y z", "a b c", 0.5),
            ("x y z a b c", "a b c", 0.5),
            ("a b x c d", "a b c d", 0.2),
            ("a b c d e f g x y z", "a b c d e f g", 0.3),
            ("the well of the village is deep", "of the office and the road", 5 / 7),
            ("anything", "", 1),
            ("?!", "", 1),
            ("?!", "a", 0),
            ("", "a", 0),
            ("پانی کی نہر صاف ہے", "پانی کی نہر صاف ہے", 0),
            ("پانی کِی نَہر صاف ہے", "پانی کی نہر صاف ہے", 0),  # with and without its vowels
        ],
    )
    def test_by_table(self, text: str, template: str, share: float) -> None:
        assert own_share(text, template) == share

    @given(WORDS.filter(bool))
    def test_of_what_is_all_template_nothing_is_own(self, text: str) -> None:
        assert own_share(text, text) == 0

    @given(WORDS.filter(bool), st.lists(st.sampled_from("xyz"), max_size=30).map(" ".join))
    def test_of_what_shares_no_word_all_is_own(self, text: str, template: str) -> None:
        assert own_share(text, template) == 1

    @given(st.text(), st.text())
    def test_it_is_a_share(self, text: str, template: str) -> None:
        assert 0 <= own_share(text, template) <= 1

    @given(WORDS.filter(bool), WORDS.filter(bool))
    def test_to_say_it_twice_adds_nothing(self, own: str, template: str) -> None:
        assert own_share(f"{template} {template}", template) == 0
        assert own_share(f"{template} {own}", template) <= own_share(own, "zz") == 1

    @pytest.mark.parametrize(
        "text", ["a " * 50_000, "\ufdfa" * 50_000, "a b" * 33_000, "\u0301" * 100_000, "x" * 100_000]
    )
    def test_hostile_lengths_end(self, text: str) -> None:
        assert 0 <= own_share(text, text[::-1]) <= 1

    def test_three_words_in_ten_are_enough_to_the_last_bit(self) -> None:
        for tens in range(1, 200):
            template = " ".join(f"t{n}" for n in range(7 * tens))
            own = " ".join(f"o{n}" for n in range(3 * tens))
            assert own_share(f"{template} {own}", template) >= OWN_SHARE_NEEDED


def test_every_reason_has_its_rule_and_the_kinds_are_kinds_of_answers() -> None:
    assert {*NEEDS_OWN_TEXT, *STANDARD_TEXT_WILL_DO} == set(Reason)
    assert not {*NEEDS_OWN_TEXT} & {*STANDARD_TEXT_WILL_DO}
    assert {*REAL_KINDS} == {*ANSWERS} - {LetterKind.REDIRECT}


@pytest.mark.no_cover
@pytest.mark.django_db
def test_ten_working_days_and_the_day_of_delivery_is_day_0() -> None:
    worktime = make_world("alpha").calendar.worktime()
    end = datetime(2026, 3, 16, 18, 59, 59, 999999, tzinfo=UTC)  # Monday 2 March and two weeks, to midnight in Karachi
    assert contest_until(minute(0), worktime) == contest_until(minute(300), worktime) == end
    saturday = contest_until(day(5), worktime)
    assert saturday == datetime(2026, 3, 20, 18, 59, 59, 999999, tzinfo=UTC)
    assert CONTEST_DAYS == 10


@pytest.mark.django_db
class TestSubstantive:
    @pytest.fixture
    def world(self) -> World:
        return make_world("alpha")

    def letter(self, world: World, reason: str = "question", **changes: Any) -> Letter:
        complaint = lives.filed(world, reason=reason)
        fields = {"kind": "substantive", "sent_at": day(1), "delivered_at": day(2), "language": "en", **changes}
        shared = {"department": complaint.department, "text": "x", "channel_kind": "web", "author": world.officer}
        return Letter.objects.create(complaint=complaint, **shared, **fields)

    def real_on(self, letter: Letter) -> list[int]:
        """Return the days, 0 to 9, on which it is a real answer, asked of the letter and through its complaint."""
        found = []
        for number in range(10):
            direct = Letter.objects.filter(substantive(day(number)), pk=letter.pk).exists()
            through = Complaint.objects.filter(substantive(day(number), "letters__"), letters=letter.pk).exists()
            inner = Letter.objects.filter(substantive(day(number)), complaint=OuterRef("pk"))
            nested = Complaint.objects.filter(Exists(inner), pk=letter.complaint_id).exists()
            assert direct == through == nested
            found += [number] if direct else []
        return found

    @pytest.mark.parametrize("kind", LetterKind.values)
    def test_by_kind(self, world: World, kind: str) -> None:
        assert self.real_on(self.letter(world, kind=kind)) == ([*range(2, 10)] if kind in REAL_KINDS else [])

    def test_undelivered_is_none(self, world: World) -> None:
        assert self.real_on(self.letter(world, delivered_at=None)) == []

    def test_delivery_learnt_before_the_sending_counts_from_the_sending(self, world: World) -> None:
        assert self.real_on(self.letter(world, sent_at=day(5), delivered_at=day(4))) == [*range(5, 10)]

    @pytest.mark.parametrize("reason", Reason.values)
    @pytest.mark.parametrize(("share", "own"), [(0.0, False), (0.2999, False), (0.3, True), (1.0, True)])
    def test_by_reason_and_share(self, world: World, reason: str, share: float, own: bool) -> None:
        real = own or reason in STANDARD_TEXT_WILL_DO
        assert self.real_on(self.letter(world, reason, own_share=share)) == ([*range(2, 10)] if real else [])

    @pytest.mark.parametrize(
        ("judged", "upheld", "days"),
        [
            (None, None, [2, 3]),
            (day(7), True, [2, 3, 7, 8, 9]),
            (day(7), False, [2, 3]),
        ],
    )
    def test_contested_it_is_none_until_upheld(
        self, world: World, judged: datetime | None, upheld: bool | None, days: list[int]
    ) -> None:
        letter = self.letter(world)
        judge = world.monitor if judged else None
        Contest.objects.create(letter=letter, contested_at=day(4), judged_at=judged, upheld=upheld, judged_by=judge)
        assert self.real_on(letter) == days

    def test_a_contest_takes_nothing_from_another_answer(self, world: World) -> None:
        letter = self.letter(world)
        Contest.objects.create(letter=letter, contested_at=day(4))
        again = self.letter(world)
        Letter.objects.filter(pk=again.pk).update(complaint=letter.complaint, sent_at=day(6), delivered_at=day(6))
        real = [Letter.objects.filter(substantive(day(number))).values_list("pk", flat=True) for number in (3, 5, 7)]
        assert [list(of_day) for of_day in real] == [[letter.pk], [], [again.pk]]
