"""One query's page, changes and notices: what is shown to whom, and what bad input does."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints import correspondence, drafting, pausing, routing
from complaints.actors import Voice
from complaints.desk.changes import compared
from complaints.models import Complaint, Letter, Notice, Pause
from complaints.references import reference_from
from complaints.telling import GATHERED_FOR, mail_notices, unread
from departments.models import User
from departments.roles import Role
from messaging.models import Outgoing
from tests import lives
from tests.lives import BY_MAIL, BY_PHONE, HOSTILE
from tests.world import World

pytestmark = pytest.mark.django_db


def opened(client: Client, official: User, complaint: Complaint, move: str = "") -> str:
    client.force_login(official)
    response = client.get(f"/desk/{complaint.reference}/{move}")
    assert response.status_code == 200
    return unescape(response.content.decode())


class TestWhoSees:
    def test_another_departments_query_is_as_if_it_were_not(self, client: Client, world: World, other: World) -> None:
        theirs = lives.owned(other)
        client.force_login(world.officer)
        nobodys = reference_from(7)
        for rest in ("", "note/", "draft/", "nonsense/"):
            for method in (client.get, client.post):
                found = [method(f"/desk/{reference}/{rest}") for reference in (theirs.reference, nobodys)]
                pages = [_plain(one, ref) for one, ref in zip(found, (theirs.reference, nobodys), strict=True)]
                assert [one.status_code for one in found] in ([404, 404], [405, 405])
                assert pages[0] == pages[1]

    @pytest.mark.parametrize("reference", ["x", "1", "000-0000-000", "0" * 300, "%00", "..", "000 0000 0000"])
    def test_what_is_no_reference_is_not_found(self, client: Client, world: World, reference: str) -> None:
        client.force_login(world.officer)
        assert client.get(f"/desk/{reference}/").status_code == 404

    def test_a_stranger_signs_in_first(self, client: Client, world: World) -> None:
        complaint = lives.owned(world)
        for address in ("/desk/", "/desk/new/", "/desk/slip/", "/desk/notices/", f"/desk/{complaint.reference}/"):
            assert client.get(address).status_code == 302
            assert client.post(address).status_code == 302

    def test_foreign_ids_in_a_form_are_refused_and_change_nothing(
        self, client: Client, world: World, other: World
    ) -> None:
        complaint = lives.asked(world)
        theirs = lives.asked(other)
        person = lives.also(world.intake, Role.HEAD, world)
        client.force_login(lives.also(person, Role.MONITOR, world))
        before = lives.rows()
        bodies: dict[str, dict[str, Any]] = {
            "route": {"section": other.section.pk, "category": other.categories["complaint"].pk},
            "transfer": {"to": world.department.pk, "reason": "Ours."},
            "reassign": {"to": other.officer.pk, "reason": "Theirs."},
            "deliver": {"letter": Letter.objects.filter(complaint=theirs).earliest("pk").pk},
            "judge_pause": {"pause": Pause.objects.get(complaint=theirs).pk, "verdict": "struck"},
        }
        for move, body in bodies.items():
            sent = client.post(f"/desk/{complaint.reference}/{move}/", {"version": complaint.version, **body})
            assert sent.status_code == 400, move
        assert lives.rows() == before

    def test_more_fields_than_the_form_has_change_nothing_more(self, client: Client, world: World) -> None:
        complaint = lives.owned(world)
        client.force_login(world.officer)
        fields = {f.attname: "1" for f in Complaint._meta.concrete_fields} | {"by": "1", "at": "1", "seen": "0"}
        sent = client.post(
            f"/desk/{complaint.reference}/note/", {**fields, "version": complaint.version, "text": "A note."}
        )
        assert sent.status_code == 302
        after = Complaint.objects.get(pk=complaint.pk)
        assert (after.department_id, after.reference, after.text) == (
            complaint.department_id,
            complaint.reference,
            complaint.text,
        )


class TestThePage:
    def test_a_name_is_hidden_when_the_citizen_asked_for_it(self, client: Client, world: World) -> None:
        hidden = lives.owned(world, name="Amina Bibi", reach=BY_PHONE, anonymity="hidden")
        page = opened(client, world.officer, hidden)
        assert "Amina" not in page
        assert BY_PHONE.address not in page
        assert "Hidden, as the citizen asked" in page
        assert "Amina" in opened(client, world.officer, lives.owned(world, name="Amina Bibi"))
        assert "Unknown; nothing is kept" in opened(client, world.officer, lives.owned(world, anonymity="unknown"))

    def test_an_address_is_masked_but_for_who_must_telephone(self, client: Client, world: World) -> None:
        mail = lives.owned(world, reach=BY_MAIL)
        assert BY_MAIL.address not in opened(client, world.officer, mail)
        phone = lives.owned(world, reach=BY_PHONE)
        assert BY_PHONE.address in opened(client, world.officer, phone)
        assert BY_PHONE.address not in opened(client, world.auditor, phone)

    def test_it_says_how_each_date_came_about(self, client: Client, world: World) -> None:
        complaint = lives.asked(world)
        correspondence.citizen_writes(complaint, by=Voice.CITIZEN, at=lives.day(4), text="The old one.")
        page = opened(client, world.officer, complaint)
        assert "20 working days from: receipt of the query" in page
        assert "Calendar: nine-to-five" in page
        assert "First promised" in page
        assert "A question to the citizen stopped the clock" in page
        assert "The citizen answered, and the clock ran on" in page

    def test_notes_are_marked_as_internal(self, client: Client, world: World) -> None:
        complaint = lives.owned(world)
        correspondence.note(complaint, by=world.officer, at=lives.minute(20), text="Between us.")
        page = opened(client, world.officer, complaint)
        assert "Between us." in page
        assert "Internal" in page

    def test_it_costs_the_same_for_a_short_life_and_a_long_one(
        self, client: Client, world: World, other: World
    ) -> None:
        def cost(complaint: Complaint) -> int:
            client.force_login(world.officer)
            client.get(f"/desk/{complaint.reference}/")
            with CaptureQueriesContext(connection) as asked:
                client.get(f"/desk/{complaint.reference}/")
            return len(asked)

        short, long = lives.owned(world), lives.owned(world)
        correspondence.note(short, by=world.officer, at=lives.minute(11), text="One.")
        for number in range(15):
            at = lives.minute(20 + number * 5)
            correspondence.note(long, by=world.officer2, at=at, text="Again.")
            drafting.draft(long, by=world.officer, at=at, text=f"Wording {number}.")
            drafting.send_back(long, by=world.approver, at=at, comment="Again.")
            correspondence.citizen_writes(long, by=Voice.CITIZEN, at=at, text="And?")
        assert cost(short) == cost(long) <= 12
        routing.transfer(long, by=world.intake, at=lives.minute(200), to=other.department, reason="Theirs.")
        assert cost(long) <= 12


class TestHostile:
    @pytest.mark.parametrize("move", ["note", "draft", "call", "ask", "write"])
    @pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
    def test_text_is_kept_as_text_or_refused_with_a_sentence(
        self, client: Client, world: World, move: str, text: str
    ) -> None:
        complaint = lives.owned(world)
        client.force_login(world.officer)
        body = {"text": text.encode("utf-8", "replace").decode(), "kind": "substantive", "language": "en"}
        body |= {"version": str(complaint.version), "channel_kind": "phone"}
        sent = client.post(f"/desk/{complaint.reference}/{move}/", body)
        assert sent.status_code in (302, 400)
        if sent.status_code == 400:
            assert "govuk-error-summary" in sent.content.decode()
        page = client.get(f"/desk/{complaint.reference}/")
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()

    @pytest.mark.parametrize("version", ["", "x", "-1", "1e9", "9" * 40, "\0"])
    def test_a_broken_version_is_an_error_of_the_form(self, client: Client, world: World, version: str) -> None:
        complaint = lives.owned(world)
        client.force_login(world.officer)
        sent = client.post(f"/desk/{complaint.reference}/note/", {"version": version, "text": "Kept."})
        assert sent.status_code == 400
        assert "Kept." in sent.content.decode()

    @pytest.mark.parametrize(("move", "body", "sentence"), [
        ("note", {"text": ""}, "Write the note."),
        ("note", {"text": "x" * 20_001}, "Shorten this: it has 20001 characters"),
        ("interim", {"reason": "Rain.", "expected_at": "soon"}, "Write the date like 2026-03-31."),
        ("interim", {"reason": "Rain.", "expected_at": "1999-01-01"}, "Give a new date that lies ahead"),
        ("draft", {"text": "A", "kind": "closing", "language": "en"}, "Choose what it is."),
        ("conclude", {"outcome": "withdrawn"}, "Choose the outcome."),
        ("conclude", {"outcome": "granted"}, "Send the answer first"),
    ])  # fmt: skip
    def test_each_mistake_has_its_sentence_and_nothing_typed_is_lost(
        self, client: Client, world: World, move: str, body: dict[str, str], sentence: str
    ) -> None:
        complaint = lives.owned(world)
        client.force_login(world.officer)
        sent = client.post(f"/desk/{complaint.reference}/{move}/", {"version": complaint.version, **body})
        assert sent.status_code in (400, 409)
        page = unescape(sent.content.decode())
        assert sentence in page
        assert body.get("reason", "") in page


class TestChanges:
    def test_what_was_taken_out_and_put_in(self) -> None:
        both = compared("A team comes on Friday.", "A team comes on Monday at ten.")
        assert "".join(piece.text for piece in both.old) == "A team comes on Friday."
        assert "".join(piece.text for piece in both.new) == "A team comes on Monday at ten."
        assert [piece.text for piece in both.old if piece.changed] == ["Friday."]
        assert any("Monday" in piece.text for piece in both.new if piece.changed)

    @pytest.mark.parametrize("old", ["", "a", "a " * 20_000, "کنواں خشک ہے۔", "a\nb\n" * 5_000, " " * 20_000])
    @pytest.mark.parametrize("new", ["", "b", "b " * 20_000, "کنواں گہرا ہے۔", "a\nc\n" * 5_000])
    def test_nothing_is_lost_whatever_is_compared(self, old: str, new: str) -> None:
        both = compared(old, new)
        assert "".join(piece.text for piece in both.old) == old
        assert "".join(piece.text for piece in both.new) == new

    def test_the_page_marks_both_sides(self, client: Client, world: World) -> None:
        complaint = lives.owned(world)
        drafting.draft(complaint, by=world.officer, at=lives.minute(20), text="It comes <b>Friday</b>.")
        drafting.draft(complaint, by=world.officer, at=lives.minute(21), text="It comes <b>Monday</b>.")
        client.force_login(world.approver)
        page = client.get(f"/desk/{complaint.reference}/").content.decode()
        assert "<del>" in page
        assert "<ins>" in page
        assert "&lt;b&gt;Monday" in page


class TestNotices:
    def test_they_are_counted_listed_and_read(self, client: Client, world: World) -> None:
        complaint = lives.approved(world)
        page = opened(client, world.officer, complaint)
        assert 'moj-notification-badge">1<' in page
        shown = client.get("/desk/notices/").content.decode()
        assert "Your draft is approved. Send it." in shown
        notice = Notice.objects.get(recipient=world.officer)
        assert client.post("/desk/notices/", {"notice": notice.pk}).status_code == 302
        assert "Nothing new" in client.get("/desk/notices/").content.decode()
        assert "moj-notification-badge" not in client.get("/desk/").content.decode()

    @pytest.mark.parametrize("named", ["x", "-1", "9" * 40, "\0", ""])
    def test_anothers_notice_and_nonsense_change_nothing(self, client: Client, world: World, named: str) -> None:
        lives.approved(world)
        notice = Notice.objects.get(recipient=world.officer)
        client.force_login(world.head)
        assert client.post("/desk/notices/", {"notice": [notice.pk, named]}).status_code == 302
        notice.refresh_from_db()
        assert notice.read_at is None

    def test_what_is_seen_no_more_is_told_no_more(self, world: World, other: World) -> None:
        complaint = lives.approved(world)
        Complaint.objects.filter(pk=complaint.pk).update(department=other.department, section=other.section)
        assert not unread(world.officer, at=lives.day(1)).exists()


class TestMail:
    @pytest.fixture
    def told(self, world: World) -> Complaint:
        User.objects.filter(pk=world.officer.pk).update(email="officer@example.pk")
        return lives.approved(world, text="My secret.")

    def test_what_waited_is_mailed_once_with_reference_and_link_only(self, told: Complaint) -> None:
        at = lives.minute(30) + GATHERED_FOR
        assert mail_notices(at=at - timedelta(seconds=1)) == 0
        assert mail_notices(at=at) == 1
        assert mail_notices(at=at + timedelta(hours=1)) == 0
        mail = Outgoing.objects.get(recipient="officer@example.pk")
        assert told.reference in mail.subject
        assert told.reference in mail.body
        assert f"{settings.PUBLIC_BASE_URL}/desk/notices/" in mail.body
        assert "My secret." not in mail.body

    def test_a_busy_hour_is_one_mail_in_the_officials_language(self, world: World, told: Complaint) -> None:
        User.objects.filter(pk=world.officer.pk).update(language="ur")
        more = [lives.approved(world) for _ in range(30)]
        assert mail_notices(at=lives.minute(30) + GATHERED_FOR) == 31
        mail = Outgoing.objects.get(recipient="officer@example.pk")
        assert mail.language == "ur"
        assert more[0].reference in mail.body
        assert "11" in mail.body

    def test_who_has_no_address_or_left_gets_none(self, world: World, told: Complaint) -> None:
        User.objects.filter(pk=world.officer.pk).update(is_active=False)
        assert mail_notices(at=lives.day(0.5)) == 1
        assert not Outgoing.objects.filter(recipient="officer@example.pk").exists()

    def test_yesterdays_news_is_not_mailed(self, told: Complaint) -> None:
        assert mail_notices(at=lives.day(2)) == 1
        assert not Outgoing.objects.filter(recipient="officer@example.pk").exists()

    def test_it_costs_the_same_for_few_and_for_many(self, world: World, told: Complaint) -> None:
        at = lives.minute(30) + GATHERED_FOR
        with CaptureQueriesContext(connection) as few:
            mail_notices(at=at)
        for _ in range(20):
            lives.approved(world)
        with CaptureQueriesContext(connection) as many:
            mail_notices(at=at)
        assert len(many) == len(few)


def test_who_signs_in_lands_at_the_desk() -> None:
    assert settings.LOGIN_REDIRECT_URL == "desk"


def test_a_contested_pause_is_told_to_the_monitors_lead(client: Client, world: World) -> None:
    complaint = lives.asked(world)
    pausing.contest_pause(complaint, by=Voice.CITIZEN, at=lives.minute(40))
    client.force_login(world.monitor)
    assert "The citizen contests a pause. Judge it." in client.get("/desk/notices/").content.decode()
    assert timezone.now() > lives.MONDAY


def _plain(response: Any, reference: str) -> str:
    lines = response.content.decode().replace(reference, "").splitlines()
    return "\n".join(line for line in lines if "csrfmiddlewaretoken" not in line)
