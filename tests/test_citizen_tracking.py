"""A citizen follows a query at /track/: opens it, sees what is allowed to be seen, and acts on it once."""

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

from complaints import closing, correspondence, drafting, lookups, pausing, tasks
from complaints.actors import Voice
from complaints.intake import Reachable
from complaints.lookups import WRONG_A_CLIENT, WRONG_IN_ALL
from complaints.models import Complaint, Draft, Letter, Note, WrongLookup
from complaints.outcomes import Outcome
from complaints.references import code_hmac, tracking_code
from complaints.stages import MOVES, Position
from complaints.tracking import CaseSeen, Progress, RatingSeen, as_seen_by_citizen
from departments.roles import Power
from tests import lives
from tests.lives import BRING, HOSTILE, MONDAY, day, minute
from tests.test_citizen_filing import Counter
from tests.world import World, make_world

NOW = minute(100)
WRONG = "2222-2222-22222"


@pytest.fixture
def world(db: None) -> World:
    return make_world("alpha")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """The edges' clock stands where the lives end; call it to move it."""

    def move(to: Any) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: to)

    move(NOW)
    return move


def code_of(complaint: Complaint) -> str:
    """Give the complaint a code that the test knows."""
    code = tracking_code(settings.TRACKING_KEY, f"test {complaint.pk}")
    Complaint.objects.filter(pk=complaint.pk).update(code_hmac=code_hmac(settings.TRACKING_KEY, code))
    return code


def opened(complaint: Complaint, browser: Client | None = None) -> Client:
    browser = browser or Client()
    answer = browser.post(reverse("track"), {"reference": complaint.reference, "code": code_of(complaint)})
    assert answer.headers.get("Location") == reverse("track_case")
    return browser


def shown(browser: Client, language: str = "en") -> str:
    return browser.get(reverse("track_case"), {"lang": language}).content.decode()


def hidden(body: str, act: str) -> dict[str, str]:
    """Return the hidden fields of an act's form."""
    form = body.split(f'action="{reverse("track_act", args=[act])}"')[1].split("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(reference|seen)" value="([^"]*)"', form))


def act(browser: Client, name: str, body: str | None = None, **answers: Any) -> Any:
    page = body if body is not None else shown(browser)
    return browser.post(reverse("track_act", args=[name]), {**hidden(page, name), **answers}, follow=True)


def offers(body: str) -> set[str]:
    return {name for name in MOVES if f'action="{reverse("track_act", args=[name])}"' in body}


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


EXPECTED_ACTS = {
    Position.CONTENT: {"write", "withdraw"},
    Position.RESPONSE: {"write", "withdraw"},
    Position.CONCLUDED: {"write", "confirm", "object", "rate"},
    Position.MONITORING: {"write", "confirm", "object", "rate"},
    Position.ENDED: {"rate"},  # it was confirmed: the closure holds
}


@pytest.mark.parametrize("position", list(Position))
def test_the_citizen_is_offered_what_the_table_of_moves_allows(world: World, position: Position) -> None:
    complaint = BRING[position](world)
    acts = as_seen_by_citizen(complaint, at=NOW).acts
    assert acts == EXPECTED_ACTS[position]
    assert all(position in MOVES[name].positions and Power.CITIZEN in MOVES[name].powers for name in acts)


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


def test_a_question_waits_for_the_answer_and_its_pause_can_be_contested(world: World) -> None:
    complaint = lives.asked(world)
    browser = opened(complaint)
    body = shown(browser)
    assert "The office asks you" in body
    assert "The date stands still until you answer" in body
    assert "contest_pause" in offers(body)
    body = act(browser, "contest_pause").content.decode()
    assert "The date runs on" in body
    assert "contest_pause" not in offers(body)
    assert complaint.pauses.get().contested_at == NOW
    body = act(browser, "write", text="It is the one at the school.").content.decode()
    assert "It is the one at the school." in body
    assert complaint.pauses.get().ends_at == NOW


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


# Acts


def test_a_message_is_sent_once_however_often_the_button_is_pressed(world: World) -> None:
    complaint = lives.filed(world)
    browser = opened(complaint)
    body = shown(browser)
    for _ in range(3):
        page = act(browser, "write", body, text="When do you come?")
        assert "Your message is with the office." in page.content.decode()
    assert Letter.objects.filter(complaint=complaint, kind="citizen").count() == 1
    act(browser, "write", text="When do you come?")
    assert Letter.objects.filter(complaint=complaint, kind="citizen").count() == 2, "asked again on a new page"


def test_what_an_official_does_unseen_holds_up_no_message(world: World) -> None:
    complaint = lives.owned(world)
    browser = opened(complaint)
    body = shown(browser)
    correspondence.note(complaint, by=world.officer, at=NOW, text="Only for us")
    assert "Your message is with the office." in act(browser, "write", body, text="Hello").content.decode()


def test_a_letter_that_came_meanwhile_is_shown_first_and_nothing_typed_is_lost(world: World) -> None:
    complaint = lives.owned(world)
    browser = opened(complaint)
    body = shown(browser)
    lives.answer(world, complaint, at=NOW, text="We came yesterday.")
    page = act(browser, "write", body, text="Why does nobody come?").content.decode()
    assert "Something changed since you opened this page." in page
    assert "We came yesterday." in page
    assert "Why does nobody come?" in page
    assert not Letter.objects.filter(complaint=complaint, kind="citizen").exists()
    assert "Your message is with the office." in act(browser, "write", page, text="Thank you").content.decode()


def test_an_act_on_the_page_of_another_query_touches_neither(world: World) -> None:
    first, second = lives.filed(world), lives.filed(world)
    browser = opened(first)
    body = shown(browser)
    opened(second, browser)
    page = act(browser, "write", body, text="For the first one").content.decode()
    assert "Another query was opened in this browser" in page
    assert "For the first one" in page
    assert not Letter.objects.filter(kind="citizen").exists()


def test_confirm_then_rate(world: World) -> None:
    complaint = lives.concluded(world)
    browser = opened(complaint)
    assert "You confirmed that it was done" in act(browser, "confirm").content.decode()
    assert complaint.closures.get().confirmed_at == NOW
    page = act(browser, "rate", stars="4", comment="Slow, but done.").content.decode()
    assert "You gave it <bdi>4</bdi> of <bdi>5</bdi>." in page
    assert offers(page) == {"write", "contest_answer"}
    assert (complaint.rating.stars, complaint.rating.comment) == (4, "Slow, but done.")


def test_an_objection_opens_the_case_again_with_its_old_dates(world: World) -> None:
    complaint = lives.concluded(world)
    promised = lives.duty(complaint, "R6").promised_at
    browser = opened(complaint)
    body = shown(browser)
    for _ in range(2):
        page = act(browser, "object", body, reason="The well is still dry.").content.decode()
        assert "Your case is open again" in page
    assert lives.position(complaint) is Position.CONTENT
    assert lives.duty(complaint, "R6").promised_at == promised
    assert complaint.closures.get().void_reason == "The well is still dry."


def test_a_query_is_taken_back(world: World) -> None:
    complaint = lives.owned(world)
    page = act(opened(complaint), "withdraw", reason="").content.decode()
    assert "You took your query back." in page
    assert complaint.closures.get().outcome == Outcome.WITHDRAWN
    assert "confirm" not in offers(page)
    assert "object" in offers(page), "who was pressed can say so"


def test_the_address_is_confirmed_by_the_word_in_our_message(world: World) -> None:
    complaint = lives.filed(world, reach=lives.BY_MAIL)
    browser = opened(complaint)
    wrong = act(browser, "verify", proof="AAAA-AAAA").content.decode()
    assert "This is not the word" in wrong
    assert 'value="AAAA-AAAA"' in wrong
    assert "citizen@example.pk" not in wrong
    page = act(browser, "verify", proof=lives.proof_of(complaint).lower()).content.decode()
    assert "The address is confirmed." in page
    assert "verify" not in offers(page)


@pytest.mark.parametrize("reach", [lives.BY_PHONE, Reachable("letter", "Chak 12, Kasur"), None])
def test_what_a_person_serves_needs_no_word(world: World, reach: Reachable | None) -> None:
    assert "verify" not in as_seen_by_citizen(lives.filed(world, reach=reach), at=NOW).acts


WRONG_ANSWERS = [
    ("write", lives.owned, {"text": ""}, "Write your message."),
    ("write", lives.owned, {"text": "x" * 20_001}, "20,001 characters, 20,000 are allowed"),
    ("object", lives.concluded, {"reason": " "}, "Write what is still wrong."),
    ("rate", lives.concluded, {"comment": "No stars"}, "Choose 1 to 5."),
    ("rate", lives.concluded, {"stars": "6", "comment": "Too many"}, "Choose 1 to 5."),
    ("rate", lives.concluded, {"stars": "\0", "comment": "Nothing"}, "Choose 1 to 5."),
]


@pytest.mark.parametrize(("name", "bring", "answers", "said"), WRONG_ANSWERS)
def test_a_wrong_answer_to_an_act_is_said_and_kept(
    world: World, name: str, bring: Any, answers: dict[str, str], said: str
) -> None:
    complaint = bring(world)
    before = Complaint.objects.get(pk=complaint.pk).version
    page = act(opened(complaint), name, **answers).content.decode()
    assert said in page
    for typed in answers.values():
        assert typed.replace("\0", "") in page
    assert Complaint.objects.get(pk=complaint.pk).version == before


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_letters(world: World, name: str) -> None:
    complaint = lives.filed(world)
    browser = opened(complaint)
    more = "&".join(f"{key}={value}" for key, value in hidden(shown(browser), "write").items())
    raw = f"text={quote(HOSTILE[name].encode('utf-8', 'surrogatepass'))}&{more}"
    where = reverse("track_act", args=["write"])
    answer = browser.post(where, raw, content_type="application/x-www-form-urlencoded", follow=True)
    assert "Your message is with the office." in answer.content.decode()
    assert Letter.objects.filter(complaint=complaint, kind="citizen").count() == 1


@pytest.mark.parametrize("name", [*MOVES, "close", "nothing"])
def test_no_other_move_can_be_made_here(world: World, name: str) -> None:
    complaint = lives.owned(world)
    browser = opened(complaint)
    here = {"reference": complaint.reference, "seen": as_seen_by_citizen(complaint, at=NOW).seen}
    before = Complaint.objects.get(pk=complaint.pk).version
    answer = browser.post(f"{reverse('track_case')}{name}/", here, follow=True)
    assert answer.status_code in (200, 404)
    after = Complaint.objects.get(pk=complaint.pk).version
    assert after == before + (1 if name == "withdraw" else 0)


def test_after_the_hour_an_act_gives_the_text_back(world: World, clock: Any) -> None:
    complaint = lives.filed(world)
    browser = opened(complaint)
    body = shown(browser)
    clock(NOW + timedelta(hours=2))
    page = act(browser, "write", body, text="A long letter")
    assert page.status_code == 403
    assert "A long letter" in page.content.decode()
    assert not Letter.objects.filter(kind="citizen").exists()


def test_after_thirty_days_of_silence_no_objection_is_offered(world: World) -> None:
    complaint = lives.concluded(world, reach=lives.BY_PHONE)
    notice = complaint.letters.get(kind="closing")
    correspondence.deliver(complaint, by=world.officer, at=minute(55), letter=notice)
    case = as_seen_by_citizen(complaint, at=day(29))
    assert "object" in case.acts
    assert case.ending is not None
    assert case.ending.object_by == day(30).date()
    held = as_seen_by_citizen(complaint, at=day(31))
    assert "object" not in held.acts
    with pytest.raises(Exception, match="already holds"):
        closing.object_to(complaint, by=Voice.CITIZEN, at=day(31), reason="Too late")


def test_a_get_of_an_act_leads_back_and_does_nothing(world: World) -> None:
    complaint = lives.filed(world)
    browser = opened(complaint)
    answer = browser.get(reverse("track_act", args=["withdraw"]))
    assert answer.headers["Location"] == reverse("track_case")
    assert browser.get(reverse("track_close")).status_code == 405
    assert not complaint.closures.exists()


def test_without_the_csrf_token_nothing_is_done(world: World) -> None:
    complaint = lives.filed(world)
    strict = Client(enforce_csrf_checks=True)
    right = {"reference": complaint.reference, "code": code_of(complaint)}
    assert strict.post(reverse("track"), right).status_code == 403
    assert strict.post(reverse("track_act", args=["withdraw"])).status_code == 403


def test_a_judged_pause_cannot_be_contested_again(world: World) -> None:
    complaint = lives.asked(world)
    pausing.contest_pause(complaint, by=Voice.CITIZEN, at=minute(30))
    assert "contest_pause" not in as_seen_by_citizen(complaint, at=NOW).acts


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
