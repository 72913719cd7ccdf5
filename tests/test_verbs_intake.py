"""Filing: what one submission makes, and what is refused."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import override_settings

from complaints import intake
from complaints.actors import By, Voice
from complaints.chain import EventKind, text_digest
from complaints.intake import Reachable
from complaints.models import Citizen, Complaint
from complaints.references import code_hmac, reference_from, reference_of, tracking_code
from departments.errors import Invalid, NotAllowed, NotReady, Refused
from departments.models import Category, Channel, Department, Responsibility
from departments.roles import Role
from departments.sops import Stage
from messaging.models import Outgoing
from messaging.states import State
from tests import lives
from tests.lives import BY_MAIL, BY_PHONE, HOSTILE, MONDAY, day, filed, lodged
from tests.world import World, make_official, make_world

pytestmark = pytest.mark.django_db
TOKEN = "form-5f0c1b9e"


def test_one_submission_makes_everything_at_once(world: World) -> None:
    found = lodged(world, reach=BY_MAIL, name="Ali Khan", place="Chak 12", category=world.categories["complaint"])
    complaint = Complaint.objects.get()
    assert found.new
    assert complaint == found.complaint
    assert complaint.code_hmac == code_hmac(settings.TRACKING_KEY, found.code)
    entry = complaint.entries.get()
    assert (entry.stage, entry.section, entry.owner, entry.left_at) == (Stage.CONTENT, world.section, None, None)
    event = complaint.events.get()
    assert (event.kind, event.data["text"]) == (EventKind.RECEIVED, text_digest("The well is dry."))
    assert (complaint.version, complaint.trail_length, complaint.trail_hash) == (1, 1, event.hash)
    assert set(complaint.duties.open().values_list("code", flat=True)) == {"R2", "R3", "R6"}
    assert complaint.citizen is not None
    assert complaint.citizen.name == "Ali Khan"
    assert "Ali" not in str(event.data)


def test_on_the_web_the_acknowledgement_is_given_with_the_page_by_mail_with_the_message(world: World) -> None:
    on_the_web = filed(world)
    assert lives.standing_of(on_the_web, "R1", MONDAY) == "met"
    assert not Outgoing.objects.exists()
    by_mail = filed(world, channel=world.channels["email"], reach=BY_MAIL)
    assert lives.standing_of(by_mail, "R1", MONDAY) == "running"
    letter = lives.acknowledgement(by_mail)
    assert letter.outgoing is not None
    assert letter.outgoing.state == State.PENDING


def test_a_query_by_post_is_acknowledged_when_the_acknowledgement_was_posted(world: World) -> None:
    by_post = Reachable("letter", "House 5\nStreet 3\r\nLahore")
    complaint = filed(world, by=world.intake, channel=world.channels["letter"], reach=by_post)
    assert lives.standing_of(complaint, "R1", MONDAY) == "running"
    letter = lives.acknowledgement(complaint)
    assert letter.outgoing is not None
    assert (letter.outgoing.state, letter.outgoing.recipient) == (State.BY_HAND, "House 5, Street 3, Lahore")
    lives.correspondence.deliver(complaint, by=world.intake, at=day(0.2), letter=letter)
    assert lives.standing_of(complaint, "R1", day(0.2)) == "met"


def test_the_acknowledgement_names_office_and_date_in_the_citizens_language(world: World) -> None:
    english = lives.acknowledgement(filed(world, reach=BY_PHONE)).text
    urdu = lives.acknowledgement(filed(world, reach=BY_PHONE, language="ur")).text
    assert "Answers" in english
    assert "16 March 2026" in english  # ten working days after Monday 2 March
    assert "شعبہ answers" in urdu
    assert "16 مارچ 2026" in urdu


def test_a_procedure_without_an_answer_date_promises_none(world: World) -> None:
    complaint = filed(world, reach=BY_PHONE)
    complaint.duties.filter(code="R3").update(ended_at=MONDAY, ended_as="done", next_rung_at=None)
    assert "by 16 March" not in intake.acknowledge(complaint, at=MONDAY).text


def test_received_earlier_counts_from_then(world: World) -> None:
    friday = MONDAY - timedelta(days=3)
    complaint = filed(world, by=world.intake, channel=world.channels["letter"], received_at=friday)
    assert complaint.received_at == friday
    assert complaint.recorded_at == MONDAY
    assert lives.duty(complaint, "R3").starts_at == friday
    event = complaint.events.get()
    assert (event.occurred_at, event.recorded_at, event.official) == (friday, MONDAY, world.intake)
    assert complaint.taken_by == world.intake


def test_a_promise_that_came_with_the_query_takes_the_place_of_the_limit(world: World) -> None:
    complaint = filed(world, promise=day(3))
    resolution = lives.duty(complaint, "R6")
    assert (resolution.limit, resolution.unit) == (None, "")
    assert resolution.promised_at == resolution.due_at == day(3)


def test_a_category_may_have_a_limit_of_its_own(world: World) -> None:
    category = world.categories["complaint"]
    category.resolution_limit, category.resolution_unit = 3, "calendar_days"
    category.save()
    resolution = lives.duty(filed(world, category=category), "R6")
    assert resolution.due_at == datetime(2026, 3, 5, 18, 59, 59, 999999, tzinfo=UTC)


def test_a_category_without_a_section_goes_to_the_section_responsible(world: World) -> None:
    Category.objects.filter(department=world.department).update(section=None)
    category = Category.objects.get(department=world.department, reason="complaint")
    assert filed(world, category=category).section == world.section


class TestToken:
    """A double click, a retry, and tokens that are not the submitter's."""

    def test_twice_is_once(self, world: World) -> None:
        first = lodged(world, token=TOKEN, reach=BY_MAIL)
        before = lives.rows()
        second = lodged(world, token=TOKEN, reach=BY_MAIL, at=day(1))
        assert (second.complaint, second.code, second.new) == (first.complaint, first.code, False)
        assert lives.rows() == before

    def test_other_words_under_the_same_token_change_nothing(self, world: World) -> None:
        first = lodged(world, token=TOKEN)
        second = lodged(world, token=TOKEN, text="Something else.")
        assert (second.complaint, second.new) == (first.complaint, False)
        assert Complaint.objects.get().text == "The well is dry."

    def test_without_a_token_twice_is_twice(self, world: World) -> None:
        first, second = lodged(world), lodged(world)
        assert first.complaint != second.complaint
        assert first.code != second.code

    def test_a_token_of_another_channel_gives_no_code_away(self, world: World) -> None:
        lodged(world, token=TOKEN, channel=world.channels["open311"])
        with pytest.raises(Invalid, match="used elsewhere") as refusal:
            lodged(world, token=TOKEN)
        assert refusal.value.field == "token"

    def test_the_token_of_an_arrival_cannot_be_claimed_from_a_form(self, world: World) -> None:
        with pytest.raises(Invalid, match="belongs to an arrival"):
            lodged(world, token="arrival:1")

    @pytest.mark.parametrize(
        "token", ["", "short", "x" * 121, "12345678\0", "1234567\ud800", " 12345678", "12\r\n345678"]
    )
    def test_a_token_that_no_form_made_is_refused(self, world: World, token: str) -> None:
        with pytest.raises(Invalid) as refusal:
            lodged(world, token=token)
        assert refusal.value.field == "token"

    def test_a_retry_needs_the_rights_of_the_first_time(self, world: World) -> None:
        lodged(world, token=TOKEN, by=world.intake)
        with pytest.raises(NotAllowed):
            lodged(world, token=TOKEN, by=world.auditor)


class TestReference:
    def test_one_that_is_taken_is_drawn_again(self, world: World) -> None:
        seed = "form-taken-once"
        taken = filed(world)
        Complaint.objects.filter(pk=taken.pk).update(reference=reference_of(settings.TRACKING_KEY, seed, 0))
        assert filed(world, token=seed).reference == reference_of(settings.TRACKING_KEY, seed, 1)

    def test_after_five_draws_the_fault_is_said(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        filed(world)
        reference = Complaint.objects.get().reference
        draws: list[int] = []
        monkeypatch.setattr(intake, "reference_of", lambda key, seed, draw: draws.append(draw) or reference)
        with pytest.raises(IntegrityError), transaction.atomic():
            filed(world)
        assert draws == [0, 1, 2, 3, 4]

    def test_the_same_token_filed_at_this_moment_is_found_after_the_collision(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = lodged(world, token=TOKEN)
        found = intake._earlier
        looks = iter([lambda submission: None])
        monkeypatch.setattr(intake, "_earlier", lambda submission: next(looks, found)(submission))
        second = lodged(world, token=TOKEN)
        assert (second.complaint, second.code, second.new) == (first.complaint, first.code, False)

    def test_the_code_depends_on_the_installations_key(self, world: World) -> None:
        codes = []
        for key in ("one", "two"):
            with override_settings(TRACKING_KEY=key):
                codes.append(lodged(world, token=f"{TOKEN}-{key}").code)
                assert codes[-1] == tracking_code(key, f"{TOKEN}-{key}")
        assert len(set(codes)) == 2


NAIVE = datetime(2026, 3, 1)
BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "no text": ("text", {"text": ""}),
    "only spaces": ("text", {"text": " \n\t "}),
    "only invisible": ("text", {"text": "\u200b\u2060\ufeff"}),
    "only control": ("text", {"text": "\0\x01\x7f"}),
    "no string": ("text", {"text": None}),
    "100 KB": ("text", {"text": "x" * 100_000}),
    "long place": ("place", {"place": "x" * 501}),
    "long name": ("name", {"name": "x" * 201}),
    "name is a number": ("name", {"name": 7}),
    "unknown reason": ("reason", {"reason": "praise"}),
    "unknown language": ("language", {"language": "xx"}),
    "unknown anonymity": ("anonymity", {"anonymity": "secret"}),
    "unknown with name": ("anonymity", {"anonymity": "unknown", "name": "Ali"}),
    "unknown with address": ("anonymity", {"anonymity": "unknown", "reach": BY_MAIL}),
    "naive reception": ("received_at", {"received_at": NAIVE}),
    "naive promise": ("promise", {"promise": NAIVE}),
    "naive moment": ("at", {"at": NAIVE}),
    "received tomorrow": ("received_at", {"received_at": day(1)}),
    "carrier pigeon": ("contact", {"reach": Reachable("pigeon", "loft 3")}),
    "two recipients": ("contact", {"reach": Reachable("email", "a@example.pk, b@example.pk")}),
    "no at": ("contact", {"reach": Reachable("email", "example.pk")}),
    "two ats": ("contact", {"reach": Reachable("email", "a@b@example.pk")}),
    "empty address": ("contact", {"reach": Reachable("phone", " ")}),
    "no address": ("contact", {"reach": Reachable("letter", None)}),  # type: ignore[arg-type]
    "long address": ("contact", {"reach": Reachable("phone", "9" * 321)}),
    "headers in it": ("contact", {"reach": Reachable("email", "a@example.pk\r\nBcc: b@example.pk")}),
    "line separator": ("contact", {"reach": Reachable("phone", "0300\u20281234567")}),
    "turned address": ("contact", {"reach": Reachable("email", "\u202ekp.elpmaxe@a")}),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_by_name_and_leaves_nothing(world: World, name: str) -> None:
    field, changes = BAD[name]
    before = lives.rows()
    with pytest.raises(Invalid) as refusal:
        lodged(world, **changes)
    assert refusal.value.field == field
    assert refusal.value.sentence.endswith(".")
    assert lives.rows() == before


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_are_kept_as_words_or_refused(world: World, name: str) -> None:
    words = HOSTILE[name]
    complaint = filed(world, text=words, place=words, name=words, reach=BY_PHONE)
    complaint.refresh_from_db()
    for kept in (complaint.text, complaint.place, Citizen.objects.get().name):
        assert kept
        assert not set(kept) & {"\0", "\r", "\x1b", "\ud800"}
    for reach in (Reachable("email", f"{words}@example.pk"), Reachable("phone", words), Reachable("letter", words)):
        with suppress(Invalid):
            filed(world, reach=reach)
    assert not [row for row in Outgoing.objects.all() if len(row.recipient.splitlines()) != 1]


def test_foreign_or_closed_categories_are_refused(world: World) -> None:
    other = make_world("beta")
    with pytest.raises(Invalid, match="category"):
        lodged(world, category=other.categories["complaint"])
    closed = world.categories["complaint"]
    closed.is_open = False
    closed.save()
    with pytest.raises(Invalid, match="category"):
        lodged(world, category=closed)


def test_a_department_that_takes_no_queries_says_so(world: World) -> None:
    asleep = make_world("beta", live=False)
    later = make_world("gamma", live=False)
    Department.objects.filter(pk=later.department.pk).update(live_since=day(1))
    for department in (asleep, later):
        channel = Channel.objects.select_related("department").get(department=department.department, kind="web")
        with pytest.raises(NotReady, match="does not take queries yet"):
            lodged(world, channel=channel)


def test_a_closed_channel_is_refused(world: World) -> None:
    world.channels["web"].is_open = False
    with pytest.raises(NotReady, match="is closed"):
        lodged(world)


def test_before_any_procedure_was_in_force_nothing_can_have_been_received(world: World) -> None:
    with pytest.raises(NotReady, match="no procedure in force"):
        lodged(world, received_at=datetime(2019, 12, 31, tzinfo=UTC))


def test_without_a_section_responsible_nothing_is_lost_silently(world: World) -> None:
    Responsibility.objects.filter(department=world.department, stage=Stage.CONTENT).delete()
    with pytest.raises(NotReady, match="no section for content creation"):
        lodged(world)


@pytest.mark.parametrize("kind", ["phone", "counter", "letter"])
def test_what_is_said_in_person_is_taken_down_by_an_official(world: World, kind: str) -> None:
    for voice in Voice:
        with pytest.raises(NotAllowed, match="taken down by an official"):
            lodged(world, channel=world.channels[kind], by=voice)
    assert filed(world, channel=world.channels[kind], by=world.intake).taken_by == world.intake


def test_only_who_may_take_down_there_may_take_down(world: World) -> None:
    other = make_world("beta")
    gone = make_official("gone", Role.INTAKE, world.department)
    gone.is_active = False
    elsewhere = make_official("elsewhere", Role.INTAKE, world.department, world.other)
    not_there = [world.approver, world.monitor, world.head, world.auditor, other.intake, gone, elsewhere]
    for official in [*not_there, world.centre]:
        with pytest.raises(NotAllowed):
            lodged(world, channel=world.channels["phone"], by=official)
    here = make_official("here", Role.INTAKE, world.department, world.section)
    takers: list[By] = [world.intake, world.officer, here]
    for taker in takers:
        lodged(world, channel=world.channels["phone"], by=taker)
    assert Complaint.objects.count() == len(takers)


def test_unknown_keeps_nothing_even_if_the_code_were_wrong(world: World) -> None:
    complaint = filed(world, anonymity="unknown")
    assert (complaint.citizen, complaint.contact) == (None, None)
    citizen = Citizen.objects.create(name="Ali")
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(pk=complaint.pk).update(citizen=citizen)


def test_a_name_without_an_address_is_kept(world: World) -> None:
    complaint = filed(world, name="Ali", anonymity="hidden")
    assert complaint.citizen is not None
    assert complaint.contact is None
    assert not complaint.letters.exists()


def test_errors_are_refusals_and_never_crashes(world: World) -> None:
    for number in range(12):
        with pytest.raises(Refused):
            lodged(world, text="", reason=str(number))
    assert reference_from(0) == "000-0000-0000"
