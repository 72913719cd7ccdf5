"""A citizen follows a query at /track/: opens it, and sees what is allowed to be seen."""

import logging
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from complaints import correspondence, drafting, lookups, tasks
from complaints.actors import Voice
from complaints.intake import Reachable
from complaints.lookups import WRONG_A_CLIENT, WRONG_IN_ALL
from complaints.models import Draft, Note, WrongLookup
from complaints.stages import Position
from complaints.tracking import CaseSeen, Progress, RatingSeen, as_seen_by_citizen
from tests import lives
from tests.filing import Counter
from tests.lives import BRING, HOSTILE, MONDAY, day, minute
from tests.tracking import NOW, code_of, movable_clock, offers, opened, shown
from tests.world import World

WRONG = "2222-2222-22222"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    return movable_clock(monkeypatch)


# Opening


@pytest.mark.parametrize(
    "typed",
    [
        lambda r, c: (r, c),
        lambda r, c: (r.replace("-", ""), c.lower().replace("-", " ")),
        lambda r, c: (f" {r} ", f"\u200e{c} "),
        lambda r, c: (r.translate({ord(d): "۰۱۲۳۴۵۶۷۸۹"[int(d)] for d in "0123456789"}), c),
    ],
)
def test_reference_and_code_open_the_query_however_they_are_typed(world: World, typed: Any) -> None:
    complaint = lives.filed(world)
    reference, code = typed(complaint.reference, code_of(complaint))
    browser = Client()
    answer = browser.post(reverse("track"), {"reference": reference, "code": code}, follow=True)
    assert complaint.reference in answer.content.decode()
    assert all(code not in address for address, _status in answer.redirect_chain)


def test_what_does_not_fit_together_gets_the_same_bytes(world: World) -> None:
    mine, other = lives.filed(world), lives.filed(world)
    code, others_code = code_of(mine), code_of(other)
    unknown = "000-0000-0000"
    tries = [(mine.reference, WRONG), (mine.reference, others_code), (unknown, code), (unknown, WRONG), ("12", WRONG)]
    answers = [Client().post(reverse("track"), {"reference": r, "code": c}) for r, c in tries]
    assert {answer.status_code for answer in answers} == {404}
    bodies = set()
    for answer, (reference, typed) in zip(answers, tries, strict=True):
        body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
        assert f'value="{reference}"' in body, "what was typed is kept"
        bodies.add(body.replace(f'value="{reference}"', "").replace(f'value="{typed}"', ""))
    assert len(bodies) == 1
    headers = {tuple(sorted((k, v) for k, v in a.headers.items() if k != "Content-Length")) for a in answers}
    assert len(headers) == 1


def test_what_does_not_fit_together_asks_the_database_the_same(world: World) -> None:
    mine = lives.filed(world)
    code = code_of(mine)
    asked = []
    for reference, typed in ((mine.reference, WRONG), ("000-0000-0000", code), ("000-0000-0000", WRONG)):
        statements: list[str] = []

        def note(execute: Any, sql: str, *rest: Any, kept: list[str] = statements) -> Any:
            kept.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(note):
            Client().post(reverse("track"), {"reference": reference, "code": typed})
        asked.append(statements)
    assert asked[0] == asked[1] == asked[2]


@pytest.mark.parametrize("typed", [{}, {"reference": "1"}, {"code": WRONG}])
def test_half_of_it_is_asked_for(world: World, typed: dict[str, str]) -> None:
    answer = Client().post(reverse("track"), typed)
    assert answer.status_code == 400
    assert "There is a problem" in answer.content.decode()
    assert not WrongLookup.objects.exists()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_references_and_codes_open_nothing_and_break_nothing(world: World, name: str) -> None:
    typed = quote(HOSTILE[name].encode("utf-8", "surrogatepass"))
    raw = f"reference={typed}&code={typed}"
    answer = Client().post(reverse("track"), raw, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 404
    assert "<script>alert" not in answer.content.decode()


def test_after_too_many_wrong_codes_a_client_waits_a_minute(world: World, clock: Any) -> None:
    complaint = lives.filed(world)
    code = code_of(complaint)
    guesser, citizen = Client(REMOTE_ADDR="198.51.100.7"), Client(REMOTE_ADDR="203.0.113.5")
    guess = {"reference": complaint.reference, "code": WRONG}
    right = {"reference": complaint.reference, "code": code}
    assert [guesser.post(reverse("track"), guess).status_code for _ in range(WRONG_A_CLIENT)] == [404] * WRONG_A_CLIENT
    refused = guesser.post(reverse("track"), guess)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert guesser.post(reverse("track"), right).status_code == 429, "else guessing could go on"
    assert citizen.post(reverse("track"), right).status_code == 302, "others are not held up"
    clock(NOW + lookups.WINDOW + timedelta(seconds=1))
    assert guesser.post(reverse("track"), right).status_code == 302


def test_many_clients_that_are_wrong_raise_an_alarm_and_each_waits_after_one(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    complaint = lives.filed(world)
    code = code_of(complaint)
    guess = {"reference": complaint.reference, "code": WRONG}
    with caplog.at_level(logging.ERROR):
        for number in range(WRONG_IN_ALL + 5):
            Client(REMOTE_ADDR=f"198.51.100.{number}").post(reverse("track"), guess)
    alarms = [record for record in caplog.records if "tracking codes" in record.getMessage()]
    assert len(alarms) == 1, "once, not at every guess"
    assert WRONG not in caplog.text
    assert lookups.wrong_lately(NOW) > WRONG_IN_ALL
    assert Client(REMOTE_ADDR="198.51.100.0").post(reverse("track"), guess).status_code == 429
    right = {"reference": complaint.reference, "code": code}
    assert Client(REMOTE_ADDR="203.0.113.5").post(reverse("track"), right).status_code == 302, "the citizen gets in"
    parts = Client().get(reverse("readyz")).json()
    assert parts["tracking"]["alarm"] is True
    assert parts["tracking"]["ok"] is True, "an attack takes no server out of service"


def test_no_address_of_a_client_is_kept(world: World) -> None:
    Client(REMOTE_ADDR="198.51.100.7").post(reverse("track"), {"reference": "1", "code": WRONG})
    assert "198.51" not in WrongLookup.objects.get().client


def test_a_forged_forwarding_header_makes_no_other_client(world: World) -> None:
    guess = {"reference": "000-0000-0000", "code": WRONG}
    answers = [
        Client(REMOTE_ADDR="198.51.100.7").post(reverse("track"), guess, HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
        for number in range(WRONG_A_CLIENT + 1)
    ]
    assert answers[-1].status_code == 429


def test_one_household_of_a_long_address_is_one_client(world: World) -> None:
    guess = {"reference": "000-0000-0000", "code": WRONG}
    answers = [Client(REMOTE_ADDR=f"2001:db8::{n:x}").post(reverse("track"), guess) for n in range(WRONG_A_CLIENT + 1)]
    assert answers[-1].status_code == 429


def test_behind_our_proxy_the_address_that_it_saw_counts(world: World, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    guess = {"reference": "000-0000-0000", "code": WRONG}
    seen = [f"6.6.6.{number}, 198.51.100.7" for number in range(WRONG_A_CLIENT + 1)]
    answers = [Client().post(reverse("track"), guess, HTTP_X_FORWARDED_FOR=forwarded) for forwarded in seen]
    assert answers[-1].status_code == 429


def test_the_opened_query_can_be_closed_and_closes_by_itself(world: World, clock: Any) -> None:
    complaint = lives.filed(world)
    browser = opened(complaint)
    assert complaint.reference in shown(browser)
    browser.post(reverse("track_close"))
    assert browser.get(reverse("track_case")).headers["Location"] == reverse("track")
    opened(complaint, browser)
    clock(NOW + timedelta(hours=1))
    assert browser.get(reverse("track_case")).headers["Location"] == reverse("track")


def test_opening_changes_the_sessions_key(world: World) -> None:
    browser = Client()
    session = browser.session
    session["fixed"] = "by a stranger"
    session.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    opened(lives.filed(world), browser)
    assert browser.session.session_key != session.session_key
    assert Client(HTTP_COOKIE=f"{settings.SESSION_COOKIE_NAME}={session.session_key}").get(
        reverse("track_case")
    ).headers["Location"] == reverse("track")


def test_who_signs_in_does_not_find_the_query_open(world: World) -> None:
    browser = opened(lives.filed(world))
    kept = browser.session["case"]
    browser.force_login(world.officer)
    session = browser.session
    session["case"] = kept
    session.save()
    assert browser.get(reverse("track_case")).headers["Location"] == reverse("track")


def test_nobody_may_keep_the_opened_query(world: World) -> None:
    answer = opened(lives.filed(world)).get(reverse("track_case"))
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Referrer-Policy"] == "same-origin"


# What is shown


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("position", list(Position))
def test_at_every_position_the_page_says_who_owes_what_by_when(world: World, position: Position, language: str) -> None:
    complaint = BRING[position](world)
    body = shown(opened(complaint), language)
    case = as_seen_by_citizen(complaint, at=NOW)
    assert complaint.reference in body
    assert "The well is dry." in body
    assert body.count('aria-current="step"') == (position is not Position.ENDED)
    assert body.count('class="jawab-ahead__step') == len(case.ahead)
    if position is not Position.ENDED:
        assert case.answerable is not None
        with translation.override(language):
            assert str(case.answerable.section) in body
            assert str(case.answerable.post.label) in body  # type: ignore[union-attr]
        assert case.ahead, "something is owed at every moment"
    assert offers(body) == case.acts


def test_the_picture_says_how_far_it_is(world: World) -> None:
    done, now, ahead = Progress.DONE, Progress.NOW, Progress.AHEAD
    pictures = {
        Position.CONTENT: [now, ahead, ahead],
        Position.RESPONSE: [done, now, ahead],
        Position.CONCLUDED: [done, now, ahead],
        Position.MONITORING: [done, done, now],
        Position.ENDED: [done, done, done],
    }
    for position, picture in pictures.items():
        case = as_seen_by_citizen(BRING[position](world), at=NOW)
        assert [step.progress for step in case.steps] == picture


def test_a_missed_date_is_called_overdue(world: World, clock: Any) -> None:
    complaint = lives.owned(world)
    clock(day(40))
    body = shown(opened(complaint))
    assert "Overdue" in body
    assert "The office is late." in body
    assert "It was due by <bdi>Monday 16 March 2026</bdi>" in body


SECRETS = ("Internal: he is a nuisance", "An unsent draft", "+923001234567", "Rashida Bibi")


def test_no_note_no_draft_no_name_and_no_other_citizen_is_shown(world: World) -> None:
    for person in (world.officer, world.approver, world.monitor):
        person.first_name, person.last_name = "Imran", f"Secret{person.pk}"
        person.save()
    lives.filed(world, text="Of another citizen")
    complaint = lives.answered(world, reach=Reachable("sms", "+923001234567"), name="Rashida Bibi")
    correspondence.note(complaint, by=world.officer, at=minute(41), text=SECRETS[0])
    drafting.draft(complaint, by=world.officer, at=minute(42), text=SECRETS[1])
    body = shown(opened(complaint))
    assert Note.objects.exists()
    assert Draft.objects.filter(closed_at=None).exists()
    assert "A team comes on Friday." in body
    assert "***67" in body
    for secret in (*SECRETS, "Secret", "Imran", "alpha.officer", "Of another citizen", complaint.code_hmac):
        assert secret not in body


def test_only_plain_values_are_seen_never_records(world: World) -> None:
    """A template that is handed no record cannot show what the allow-list leaves out."""

    def check(value: Any) -> None:
        assert not hasattr(value, "_meta"), f"{value!r} is a record"
        if is_dataclass(value):
            for field in fields(value):
                check(getattr(value, field.name))
        elif isinstance(value, tuple | frozenset):
            for part in value:
                check(part)

    for bring in BRING.values():
        check(as_seen_by_citizen(bring(world, reach=lives.BY_MAIL), at=NOW))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_of_a_citizen_and_of_an_office_is_only_text(world: World, name: str) -> None:
    typed = HOSTILE[name]
    complaint = lives.owned(world, text=f"It says {typed}", place=typed.replace("\n", " "))
    lives.answer(world, complaint, at=minute(30), text=f"We say {typed}")
    body = shown(opened(complaint))
    assert "It says" in body
    assert "We say" in body
    assert "<script>alert" not in body
    assert complaint.code_hmac not in body


def test_references_and_addresses_inside_urdu_keep_their_order(world: World) -> None:
    complaint = lives.owned(world)
    lives.answer(
        world, complaint, at=minute(30), text=f"حوالہ {complaint.reference} دیکھیں: https://a.example/b?c=<d>&e"
    )
    body = shown(opened(complaint), "ur")
    assert f'<bdi dir="ltr">{complaint.reference}</bdi>' in body
    assert "<d>" not in body


def test_the_number_of_queries_does_not_grow_with_the_query(world: World) -> None:
    short, long = lives.answered(world), lives.answered(world)
    for number in range(20):
        correspondence.citizen_writes(long, by=Voice.CITIZEN, at=minute(50 + number), text=f"Letter {number}")
    counts = []
    for complaint in (short, long):
        browser = opened(complaint)
        shown(browser)
        with connection.execute_wrapper(counter := Counter()):
            browser.get(reverse("track_case"))
        counts.append(counter.count)
    assert counts == [14, 14]


def test_sessions_that_ended_are_deleted_with_what_was_typed_in_them(world: World) -> None:
    opened(lives.filed(world))
    Session.objects.create(session_key="old", session_data="x", expire_date=timezone.now() - timedelta(minutes=1))
    tasks.forget()
    assert Session.objects.count() == 1
    assert not Session.objects.filter(session_key="old").exists()


def test_staff_of_the_centre_see_how_often_codes_were_wrong(world: World) -> None:
    Client().post(reverse("track"), {"reference": "1", "code": WRONG})
    official = world.centre
    official.is_staff = official.is_superuser = True
    official.save()
    browser = Client()
    browser.force_login(official)
    assert browser.get(reverse("admin:complaints_wronglookup_changelist")).status_code == 200
    assert browser.get(reverse("admin:complaints_wronglookup_add")).status_code == 403


def test_a_case_seen_holds_nothing_else() -> None:
    """A new field of what the citizen sees is a decision: it is added here too."""
    assert {field.name for field in fields(CaseSeen)} == {
        *(
            "reference",
            "reason",
            "about",
            "place",
            "district",
            "received_at",
            "zone",
            "position",
            "steps",
            "answerable",
        ),
        *("offered_to", "ahead", "conversation", "ending", "rating", "reach", "acts", "seen"),
    }
    assert {field.name for field in fields(RatingSeen)} == {
        *("stars", "answered", "could_say", "used", "explained", "comment"),
    }
    assert MONDAY < NOW < timezone.now() + timedelta(days=1)
