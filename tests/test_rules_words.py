"""Texts, references, hashes, notices: small rules that everything leans on."""

import re
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from complaints import letters, references, wording
from complaints.chain import FIRST, EventKind, digest, text_digest
from complaints.models import Complaint
from complaints.models.letters import LetterKind
from complaints.outcomes import Outcome
from complaints.readings import language_of
from complaints.references import ALPHABET, code_hmac, reference_from, reference_of, tracking_code
from complaints.stages import MOVES, Position, moves_from, position_of
from complaints.steps import OPENS, REOPENABLE, SETTLES
from complaints.visibility import visible_to
from departments.errors import Invalid
from departments.models import Step, User
from departments.roles import Power, Role
from departments.sops import Stage
from tests import lives
from tests.lives import HOSTILE, day
from tests.world import World, make_official, make_world

NOTICES = Path(settings.BASE_DIR) / "templates" / "notices"
ANY_TEXT = st.text(alphabet=st.characters(), max_size=80)


class TestWording:
    @given(ANY_TEXT)
    def test_cleaned_can_be_stored_and_cleaning_again_changes_nothing(self, text: str) -> None:
        plain = wording.cleaned(text)
        assert wording.cleaned(plain) == plain
        assert plain.encode("utf-8").decode("utf-8") == plain
        assert not {c for c in plain if ord(c) < 32} - {"\n", "\t"}

    @given(ANY_TEXT)
    def test_what_is_required_is_refused_or_readable(self, text: str) -> None:
        try:
            plain = wording.required(text, what="it")
        except Invalid:
            assert not any(c.isalnum() for c in text)
        else:
            assert any(c.isprintable() and not c.isspace() for c in plain)

    @given(ANY_TEXT)
    def test_one_line_is_one_line(self, text: str) -> None:
        try:
            line = wording.one_line(text, what="it")
        except Invalid:
            return
        assert len(line.splitlines()) == 1
        assert not set(line) & set("\u202e\u2066\r\n\0")

    def test_marks_that_urdu_needs_are_kept(self) -> None:
        assert wording.one_line("می\u200cخواہم", what="it") == "می\u200cخواہم"
        for turned in ("\u202a", "\u202e", "\u2066", "\u2069"):
            with pytest.raises(Invalid, match="hidden characters"):
                wording.one_line(f"a{turned}b", what="it")

    def test_length_counts_after_cleaning_and_is_said(self) -> None:
        assert wording.optional("\0" * 999 + "x" * 500, what="it") == "x" * 500
        with pytest.raises(Invalid, match=r"1,234 characters, 500 are allowed"):
            wording.optional("x" * 1234, what="it")
        assert wording.optional("  ", what="it") == ""


class TestReferences:
    @given(st.integers(0, 10**10 - 1))
    def test_a_reference_is_read_back_however_it_is_said(self, number: int) -> None:
        written = reference_from(number)
        assert re.fullmatch(r"\d{3}-\d{4}-\d{4}", written)
        urdu = written.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
        arabic = written.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        for said in (written, written.replace("-", ""), f" {written.replace('-', ' ')}.", urdu, arabic):
            assert references.read_reference(said) == written

    @given(st.integers(0, 10**10 - 1), st.integers(0, 10), st.integers(1, 9))
    def test_a_wrong_digit_is_noticed(self, number: int, place: int, by: int) -> None:
        digits = list(reference_from(number).replace("-", ""))
        digits[place] = str((int(digits[place]) + by) % 10)
        assert references.read_reference("".join(digits)) is None

    @given(st.integers(0, 10**10 - 1))
    def test_swapped_neighbours_are_noticed(self, number: int) -> None:
        digits = reference_from(number).replace("-", "")
        for place, (left, right) in enumerate(pairwise(digits)):
            if left != right:
                swapped = digits[:place] + right + left + digits[place + 2 :]
                assert references.read_reference(swapped) is None

    @pytest.mark.parametrize("said", ["", "123", "1" * 12, "no digits", "٣" * 10])
    def test_what_is_no_reference_is_none(self, said: str) -> None:
        assert references.read_reference(said) is None

    def test_references_and_codes_do_not_run(self) -> None:
        seeds = [f"seed-{number}" for number in range(1000)]
        assert len({reference_of("key", seed, 0) for seed in seeds}) == 1000
        codes = {tracking_code("key", seed) for seed in seeds}
        assert len(codes) == 1000
        assert all(re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]{{5}}", code) for code in codes)
        assert not set("01OIL") & set(ALPHABET)
        assert len(ALPHABET) ** references.CODE_LENGTH > 2**64
        assert reference_of("key", "seed", 0) != reference_of("key", "seed", 1) != reference_of("other", "seed", 1)

    def test_a_code_is_found_however_it_is_typed(self) -> None:
        code = tracking_code("key", "seed")
        forms = [code, code.lower(), code.replace("-", ""), f"  {code[:4]} {code[5:9]} {code[10:]} "]
        assert len({code_hmac("key", form) for form in forms}) == 1
        assert code_hmac("key", code) != code_hmac("other", code)
        assert code not in code_hmac("key", code)


class TestChain:
    AT = datetime(2026, 3, 2, 5, 0, 0, 1, tzinfo=UTC)
    WHOLE = (FIRST, 1, 1, "noted", AT, AT, "official", 7, {"note": 1})

    def test_every_part_counts(self) -> None:
        changes = [("1" * 64, 0), (2, 1), (2, 2), ("rated", 3), (self.AT + timedelta(microseconds=1), 4)]
        changes += [(self.AT + timedelta(microseconds=1), 5), ("machine", 6), (None, 7), ({"note": 2}, 8), ({}, 8)]
        hashes = {digest(*self.WHOLE)}  # type: ignore[arg-type]
        for value, place in changes:
            hashes.add(digest(*(value if n == place else part for n, part in enumerate(self.WHOLE))))  # type: ignore[arg-type]
        assert len(hashes) == len(changes) + 1

    def test_the_same_moment_in_another_zone_is_the_same(self) -> None:
        there = self.AT.astimezone(timezone(timedelta(hours=5)))
        same = tuple(there if part is self.AT else part for part in self.WHOLE)
        assert digest(*same) == digest(*self.WHOLE)  # type: ignore[arg-type]

    def test_a_text_is_bound_and_not_kept(self) -> None:
        assert text_digest("کنواں") != text_digest("کنوان")
        assert re.fullmatch("[0-9a-f]{64}", text_digest("x"))


class TestStages:
    def test_the_position_follows_from_the_open_entry_and_the_closure(self) -> None:
        assert position_of(None, concluded=True) is position_of(None, concluded=False) is Position.ENDED
        assert position_of(Stage.CONTENT, concluded=False) is Position.CONTENT
        assert position_of(Stage.RESPONSE, concluded=False) is Position.RESPONSE
        assert position_of(Stage.RESPONSE, concluded=True) is Position.CONCLUDED
        assert position_of(Stage.MONITORING, concluded=True) is Position.MONITORING

    @given(st.sampled_from(Position), st.frozensets(st.sampled_from(Power)))
    def test_more_power_never_means_fewer_moves(self, position: Position, powers: frozenset[Power]) -> None:
        moves = moves_from(position, powers)
        assert [m for m in MOVES if m in moves] == list(moves)
        assert set(moves) <= set(moves_from(position, powers | {Power.CITIZEN}))
        assert moves_from(position, frozenset()) == ()

    @pytest.mark.django_db
    def test_what_facts_open_and_settle_are_steps_of_the_procedure(self) -> None:
        make_world("alpha")
        steps = {step.code: step for step in Step.objects.all()}
        assert frozenset().union(*SETTLES.values()) | REOPENABLE <= set(steps)
        assert set(OPENS) | set(SETTLES) <= set(EventKind)
        assert {step.counts_from for step in steps.values() if step.limit} - {"elsewhere"} <= set(OPENS.values())


class TestNotices:
    NAMES = sorted(path.stem for path in (NOTICES / "en").glob("*.txt"))
    # "desk" tells an official that several queries have news, and names none of them.
    OF_A_QUERY = [name for name in NAMES if name != "desk"]

    def test_every_language_has_every_notice(self) -> None:
        for code, _ in settings.LANGUAGES:
            assert sorted(path.stem for path in (NOTICES / code).glob("*.txt")) == self.NAMES

    @pytest.mark.django_db
    @pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES])
    @pytest.mark.parametrize("name", OF_A_QUERY)
    def test_each_names_the_reference_and_speaks_its_language(self, name: str, language: str) -> None:
        world = make_world("alpha")
        complaint = lives.filed(world, language=language)
        for kind in LetterKind.values:
            for outcome in Outcome:
                values = {"outcome": outcome, "statement": "x1", "window": 30, "reason": "x2", "expected": "x3"}
                text = letters.render(complaint, name, language=language, kind=kind, section=world.section, **values)
                assert complaint.reference in text
                assert not re.search(r"\{\{|\}\}|\{%|None|&#|&amp;", text)
                letters_only = [c for c in text.replace(settings.PUBLIC_BASE_URL, "") if c.isalpha()]
                urdu = sum("\u0600" <= c <= "\u06ff" for c in letters_only) / len(letters_only)
                assert urdu > 0.8 if language == "ur" else urdu == 0

    @pytest.mark.django_db
    def test_each_outcome_is_named_differently(self) -> None:
        complaint = lives.filed(make_world("alpha"))
        for code, _ in settings.LANGUAGES:
            texts = {letters.render(complaint, "closing", language=code, outcome=o, window=30) for o in Outcome}
            assert len(texts) == len(Outcome)

    @pytest.mark.django_db
    @pytest.mark.parametrize("words", HOSTILE.values())
    def test_what_people_wrote_is_neither_run_nor_escaped(self, words: str) -> None:
        complaint = lives.filed(make_world("alpha"))
        plain = wording.cleaned(words)
        assert plain in letters.render(complaint, "closing", language="en", statement=plain, outcome="granted")

    @pytest.mark.parametrize(
        ("text", "language"),
        [("", "en"), ("123 !", "en"), ("Dry", "en"), ("کنواں", "ur"), ("کنواں is dry", "en"), ("x کنواں خشک", "ur")],
    )
    def test_the_language_of_a_text(self, text: str, language: str) -> None:
        assert language_of(text) == language


@pytest.mark.django_db
class TestVisibility:
    """Who sees what: computed once here, read by lists, look-ups and counts alike."""

    @pytest.fixture
    def worlds(self) -> tuple[World, World]:
        return make_world("alpha"), make_world("beta")

    def sees(self, official: User, at: datetime | None = None) -> set[int]:
        seen = Complaint.objects.filter(visible_to(official, at=at or day(1)))
        return set(seen.values_list("pk", flat=True))

    def test_a_department_sees_its_own_and_what_is_offered_to_it(self, worlds: tuple[World, World]) -> None:
        world, other = worlds
        own, offer, foreign = lives.filed(world), lives.offered(world, other.department), lives.filed(other)
        for official in (world.officer, world.auditor, world.head, world.administrator):
            assert self.sees(official) == {own.pk, offer.pk}
        assert self.sees(other.officer) == {foreign.pk, offer.pk}
        assert self.sees(world.centre) == {own.pk, offer.pk, foreign.pk}

    def test_a_section_sees_what_it_answers_or_checks(self, worlds: tuple[World, World]) -> None:
        world, other = worlds
        answering = make_official("answering", Role.OFFICER, world.department, world.section)
        checking = make_official("checking", Role.MONITOR, world.department, world.monitoring)
        elsewhere = make_official("elsewhere", Role.OFFICER, world.department, world.other)
        fresh, checked, offer = lives.filed(world), lives.monitored(world), lives.offered(other, world.department)
        assert self.sees(answering) == {fresh.pk, checked.pk}
        assert self.sees(checking) == {checked.pk}
        assert self.sees(elsewhere) == set()
        assert offer.pk not in self.sees(answering)

    def test_without_a_post_nothing_superuser_or_not(self, worlds: tuple[World, World]) -> None:
        world, _ = worlds
        lives.filed(world)
        superuser = User.objects.create(username="root", is_superuser=True)
        assert self.sees(superuser) == set()
        former = make_official("former", Role.HEAD, world.department)
        former.appointments.update(until=day(1))
        assert self.sees(former, day(0.9)) != set()
        assert self.sees(former) == set()

    def test_by_a_path_it_is_the_same(self, worlds: tuple[World, World]) -> None:
        world, other = worlds
        lives.filed(world), lives.filed(other)
        events = lives.Complaint.events.rel.related_model.objects
        seen = events.filter(visible_to(world.officer, at=day(1), path="complaint__"))
        assert set(seen.values_list("complaint", flat=True)) == self.sees(world.officer)
