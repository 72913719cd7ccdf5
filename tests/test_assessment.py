"""The questions that go with a rating (measurement 2.5): asked everywhere in the same words, kept as answered, and
never needed."""

import re
from html import unescape
from itertools import product
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from complaints import closing
from complaints.actors import Voice
from complaints.assessment import CHOICES, QUESTIONS, check, given, in_words
from complaints.demo.judging import answers as invented
from complaints.models import Complaint, Event, Rating
from complaints.tracking import as_seen_by_citizen
from complaints.trail import broken_links
from departments.errors import Invalid
from tests import lives
from tests.api import caller
from tests.lives import day, minute
from tests.tracking import act, opened, shown
from tests.world import World

ALL = {"answered": "partly", "could_say": True, "used": "none_given", "explained": False}
NONE = {"answered": "", "could_say": None, "used": "", "explained": None}


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: minute(100))


# --- what counts as an answer ---


@pytest.mark.parametrize("answers", [dict(zip(ALL, each, strict=True)) for each in product(
    ("", "yes", "partly", "no"), (None, True, False), ("", "yes", "no", "none_given"), (None, True, False)
)])  # fmt: skip
def test_every_combination_may_be_given(answers: Any) -> None:
    check(answers)
    said = in_words(Rating(**answers))
    assert len(said) == len(given(answers)) == sum(answer not in ("", None) for answer in answers.values())


@pytest.mark.parametrize(("field", "wrong"), [
    ("answered", "maybe"), ("answered", "none_given"), ("answered", None), ("answered", True), ("answered", 1),
    ("could_say", "yes"), ("could_say", ""), ("could_say", 2), ("used", "partly"), ("used", None), ("used", "\0"),
    ("explained", "no"), ("explained", -1),
])  # fmt: skip
def test_anything_else_is_refused_and_names_its_question(world: World, field: str, wrong: Any) -> None:
    complaint = lives.concluded(world)
    before = lives.rows()
    with pytest.raises(Invalid) as refusal:
        closing.rate(complaint, by=Voice.CITIZEN, at=day(1), stars=2, **{**ALL, field: wrong})
    assert refusal.value.field == field
    assert lives.rows() == before


def test_every_question_has_its_words_and_choices() -> None:
    assert list(QUESTIONS) == list(CHOICES) == list(ALL)
    assert in_words(Rating(**ALL)) == [
        ("Did the office answer what you asked?", "Partly"),
        ("Could you give your opinion or rate the work?", "Yes"),
        ("Was your opinion used, or were you told why not?", "I did not give one"),
        ("Did you get what you came for, or were you told why not?", "No"),
    ]


# --- the verb ---


@pytest.mark.parametrize("answers", [ALL, NONE])
def test_what_was_answered_is_kept_in_row_and_trail(world: World, answers: Any) -> None:
    complaint = lives.concluded(world)
    rating = closing.rate(complaint, by=Voice.CITIZEN, at=day(1), stars=2, **answers)
    rating.refresh_from_db()
    assert {name: getattr(rating, name) for name in ALL} == answers
    data = Event.objects.get(complaint=complaint, kind="rated").data
    assert data == {"rating": rating.pk, "stars": 2, **given(answers)}
    assert list(broken_links()) == []


def test_who_only_gives_stars_answers_nothing(world: World) -> None:
    rating = closing.rate(lives.concluded(world), by=Voice.CITIZEN, at=day(1), stars=5)
    assert {name: getattr(rating, name) for name in NONE} == NONE


# --- the citizen's page ---


def groups(body: str) -> dict[str, list[str]]:
    """Return the values that the form offers, by field."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="radio" name="(\w+)" value="([^"]*)"', body):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.usefixtures("now")
class TestPage:
    def test_it_asks_and_shows_what_was_answered(self, world: World) -> None:
        complaint = lives.concluded(world)
        browser = opened(complaint)
        offered = groups(shown(browser))
        assert offered == {"stars": ["5", "4", "3", "2", "1"], **{n: [v for v, _ in c] for n, c in CHOICES.items()}}
        said = {"answered": "partly", "could_say": "yes", "used": "none_given", "explained": "no"}
        page = unescape(act(browser, "rate", stars="2", comment="Too <b>late</b>.", **said).content.decode())
        rating = complaint.rating
        assert {name: getattr(rating, name) for name in ALL} == ALL
        for question, answer in in_words(rating):
            assert question in page
            assert answer in page
        assert "You gave it <bdi>2</bdi> of <bdi>5</bdi>." in page
        assert "<b>late" not in act(browser, "write", text="x").content.decode()

    @pytest.mark.parametrize(("changes", "sentence"), [
        ({"stars": ""}, "Choose 1 to 5."),
        ({"answered": "maybe"}, "Choose one of the answers, or leave the question out."),
        ({"could_say": "True"}, "Choose one of the answers, or leave the question out."),
        ({"used": "\0"}, "Choose one of the answers, or leave the question out."),
    ])  # fmt: skip
    def test_a_mistake_has_its_sentence_and_the_other_answers_stay(
        self, world: World, changes: dict[str, str], sentence: str
    ) -> None:
        complaint = lives.concluded(world)
        said = {"stars": "2", "answered": "no", "could_say": "no", "used": "no", "explained": "yes", "comment": "Why?"}
        page = act(opened(complaint), "rate", **{**said, **changes}).content.decode()
        assert sentence in unescape(page)
        for name in {"stars", *ALL} - set(changes):
            assert re.search(rf'name="{name}" value="{said[name]}"[^>]* checked', page), name
        assert "Why?" in page
        assert not Rating.objects.exists()

    def test_only_the_stars_are_needed(self, world: World) -> None:
        complaint = lives.concluded(world)
        page = act(opened(complaint), "rate", stars="5", comment="").content.decode()
        assert "Your judgement" in page
        assert {name: getattr(complaint.rating, name) for name in NONE} == NONE
        seen = as_seen_by_citizen(Complaint.objects.get(), at=minute(100))
        assert seen.stars == 5
        assert seen.rating is not None
        assert seen.rating.in_words == []


# --- the desk and the API ---


@pytest.mark.usefixtures("now")
def test_it_is_taken_down_by_telephone_and_shown_to_officials(client: Client, world: World) -> None:
    complaint = lives.concluded(world)
    client.force_login(world.intake)
    address = reverse("desk_move", args=[complaint.reference, "rate"])
    page = client.get(address).content.decode()
    for question in QUESTIONS.values():
        assert str(question) in page
    said = {"stars": "1", "answered": "no", "could_say": "no", "used": "", "comment": "Nobody came."}
    form = {"version": complaint.version, **said}
    wrong = client.post(address, {**form, "explained": "perhaps"})
    assert wrong.status_code == 400
    assert re.search(r'name="answered" value="no"[^>]* checked', wrong.content.decode())
    assert client.post(address, form).status_code == 302
    rating = Rating.objects.get()
    assert (rating.answered, rating.could_say, rating.used, rating.explained) == ("no", False, "", None)
    assert rating.taken_by == world.intake
    shown_again = client.get(reverse("desk_query", args=[complaint.reference])).content.decode()
    assert "1 of 5" in shown_again
    assert "Did the office answer what you asked?" in shown_again
    assert "Was your opinion used" not in shown_again
    assert "Nobody came." in shown_again


def test_a_program_gives_and_reads_them(world: World) -> None:
    first, second, third = (lives.concluded(world) for _ in range(3))
    calling = caller(world.intake)
    for field, wrong in (("answered", "maybe"), ("could_say", "perhaps"), ("used", 7), ("explained", [])):
        refused = calling.move(first, "rate", stars=2, **{field: wrong})
        assert (refused.status_code, list(refused.json()["fields"])) == (400, [field])
    rating = calling.move(first, "rate", stars=2, **ALL).json()["rating"]
    assert {name: rating[name] for name in ALL} == ALL
    rating = calling.move(second, "rate", stars=2, **NONE).json()["rating"]
    assert {name: rating[name] for name in NONE} == NONE
    assert calling.move(third, "rate", stars=4, comment="Good.").status_code == 200


# --- the demo ---


def test_invented_citizens_mean_with_the_stars_what_they_say() -> None:
    rng = Random("citizens")
    said = {stars: [invented(rng, stars) for _ in range(400)] for stars in range(1, 6)}
    for stars, every in said.items():
        assert {name for each in every for name in given(each)} == set(ALL)
        assert any(not given(each) for each in every), "some leave all out"
        words = {each["answered"] for each in every} - {""}
        assert ("yes" in words) == (stars >= 3)
        assert ("no" in words) == (stars <= 3)
        for each in every:
            check(each)
            assert not (each["used"] == "yes" and each["could_say"] is False)
