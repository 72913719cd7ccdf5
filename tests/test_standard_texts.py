"""Standard texts: founded, kept by administrators, chosen at the desk and in the API, and measured against."""

from datetime import UTC, datetime
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints import drafting
from complaints.answers import OWN_SHARE_NEEDED, own_share
from complaints.models import Complaint, Draft
from departments.errors import Invalid, NotAllowed
from departments.founding import found, found_standard_texts
from departments.models import StandardText, User
from departments.sops import Reason
from tests import lives
from tests.admin_site import as_posted, page, signed_in
from tests.api import caller
from tests.lives import minute
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 1, 4, tzinfo=UTC)
FRAME = "Thank you for writing to us. We have looked into what you reported."


def text(world: World | None = None, **changes: Any) -> StandardText:
    department = world.department if world else None
    fields = {"name": {"en": "Looked into", "ur": "جانچا گیا"}, "language": "en", "text": FRAME, **changes}
    return StandardText.objects.create(department=department, **fields)


class TestFounding:
    def test_every_reason_has_one_in_every_language(self) -> None:
        found(at=AT)
        for language in ("en", "ur"):
            reasons = StandardText.objects.filter(department=None, language=language).values_list("reason", flat=True)
            assert set(reasons) == {*Reason.values, ""}
        for row in StandardText.objects.all():
            assert any("\u0600" <= letter <= "\u06ff" for letter in row.text) == (row.language == "ur")

    def test_what_was_closed_stays_closed(self, world: World) -> None:
        made = found_standard_texts(by=world.centre, at=AT)
        assert len(made) == 14
        StandardText.objects.update(is_open=False)
        assert found_standard_texts(by=world.centre, at=AT) == []
        assert not StandardText.objects.filter(is_open=True).exists()

    def test_only_the_centre_enters_texts_for_all(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            found_standard_texts(by=world.administrator, at=AT)

    def test_the_command_says_how_many(self) -> None:
        User.objects.create(username="root", is_superuser=True)
        out = StringIO()
        for _time in range(2):
            call_command("found_standard", "--by", "root", stdout=out)
        said = [line for line in out.getvalue().splitlines() if "texts" in line]
        assert said == ["standard texts entered: 14", "standard texts entered: 0"]


class TestAdmin:
    def test_it_is_written_and_closed_but_never_rewritten(self, world: World) -> None:
        client = signed_in(User.objects.create(username="root", is_staff=True, is_superuser=True))
        posted = as_posted(client.get(page(StandardText, "add")))
        posted |= {"name_en": "Seen", "name_ur": "دیکھا", "language": "en", "text": FRAME, "is_open": "on"}
        assert client.post(page(StandardText, "add"), posted | {"text": "x" * 10_001}).status_code == 200
        assert client.post(page(StandardText, "add"), posted).status_code == 302
        row = StandardText.objects.get()
        assert (row.text, row.department, str(row)) == (FRAME, None, "Seen")
        change = page(StandardText, "change", row.pk)
        posted = as_posted(client.get(change))
        assert "text" not in posted
        posted.pop("is_open")
        assert (
            client.post(change, posted | {"text": "Something else", "department": world.department.pk}).status_code
            == 302
        )
        row.refresh_from_db()
        assert (row.text, row.department, row.is_open) == (FRAME, None, False)
        assert client.get(page(StandardText, "changelist"), {"q": "writing"}).status_code == 200

    def test_what_an_answer_began_with_is_not_deleted(self, world: World) -> None:
        row = text(world)
        drafting.draft(lives.owned(world), by=world.officer, at=minute(20), text=FRAME, standard_text=row)
        client = signed_in(User.objects.create(username="root", is_staff=True, is_superuser=True))
        client.post(page(StandardText, "delete", row.pk), {"post": "yes"})
        assert StandardText.objects.filter(pk=row.pk).exists()


class TestOffered:
    def test_the_departments_own_and_those_of_all_for_the_reason(self, world: World) -> None:
        other = make_world("beta")
        own, of_all = text(world, reason="complaint"), text()
        text(other), text(reason="question"), text(world, is_open=False)
        offered = StandardText.objects.offered(world.department.pk, "complaint")
        assert list(offered) == [own, of_all]


class TestDrafting:
    def test_a_draft_is_measured_against_what_it_began_with(self, world: World) -> None:
        complaint, row = lives.owned(world), text()
        plain = drafting.draft(complaint, by=world.officer, at=minute(20), text=FRAME)
        assert (plain.standard_text, plain.own_share) == (None, 1.0)
        begun = drafting.draft(complaint, by=world.officer, at=minute(21), text=FRAME, standard_text=row)
        assert (begun.standard_text, begun.own_share) == (row, 0.0)

    def test_through_edits_to_the_letter(self, world: World) -> None:
        complaint, row = lives.owned(world), text()
        drafting.draft(complaint, by=world.officer, at=minute(20), text=FRAME, standard_text=row)
        StandardText.objects.update(is_open=False)
        words = f"{FRAME} The pump was broken. A team repaired it on Friday."
        drafting.draft(complaint, by=world.officer2, at=minute(21), text=words)
        draft = Draft.objects.get(closed_at=None)
        assert draft.standard_text == row
        assert draft.own_share == own_share(words, FRAME) > OWN_SHARE_NEEDED
        drafting.approve(complaint, by=world.approver, at=minute(22))
        letter = drafting.send(complaint, by=world.officer, at=minute(23))
        letter.refresh_from_db()
        assert letter.own_share == draft.own_share

    def test_the_answer_after_a_sent_one_begins_anew(self, world: World) -> None:
        complaint, row = lives.owned(world), text()
        drafting.draft(complaint, by=world.officer, at=minute(20), text=FRAME, standard_text=row)
        drafting.approve(complaint, by=world.approver, at=minute(21))
        drafting.send(complaint, by=world.officer, at=minute(22))
        again = drafting.draft(complaint, by=world.officer, at=minute(23), text=FRAME)
        assert (again.standard_text, again.own_share) == (None, 1.0)

    def test_another_departments_is_refused_and_changes_nothing(self, world: World) -> None:
        complaint, theirs = lives.owned(world), text(make_world("beta"))
        before = lives.rows()
        with pytest.raises(Invalid) as refusal:
            drafting.draft(complaint, by=world.officer, at=minute(20), text=FRAME, standard_text=theirs)
        assert refusal.value.field == "standard_text"
        assert lives.rows() == before


class TestDesk:
    @pytest.fixture(autouse=True)
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: minute(60))

    @pytest.fixture
    def complaint(self, world: World, client: Client) -> Complaint:
        client.force_login(world.officer)
        return lives.owned(world)

    def opened(self, client: Client, complaint: Complaint, query: str = "") -> tuple[Any, str]:
        response = client.get(f"/desk/{complaint.reference}/draft/{query}")
        assert response.status_code == 200
        return response.context["form"], unescape(response.content.decode())

    def test_it_fills_the_letter_and_is_kept_when_sent(
        self, client: Client, world: World, complaint: Complaint
    ) -> None:
        row = text(world)
        form, body = self.opened(client, complaint)
        assert f'<option value="{row.pk}">Looked into</option>' in body
        assert form["text"].value() == ""
        form, body = self.opened(client, complaint, f"?standard={row.pk}")
        assert form["text"].value() == FRAME
        assert "You begin with the standard text “Looked into”." in body
        assert Draft.objects.count() == 0
        posted = {"version": complaint.version, "kind": "substantive", "language": "en", "text": f"{FRAME} Soon."}
        sent = client.post(f"/desk/{complaint.reference}/draft/", posted | {"standard_text": row.pk})
        assert sent.status_code == 302, sent.content.decode()
        draft = Draft.objects.get()
        assert (draft.standard_text, draft.own_share) == (row, 1 / 14)
        body = unescape(client.get(f"/desk/{complaint.reference}/").content.decode())
        assert "Begun with the standard text “Looked into”; <bdi>7</bdi> of 100 words are not from there." in body
        assert "At least <bdi>30</bdi> of 100 words must be your own" in body

    def test_no_warning_where_a_standard_text_will_do(self, client: Client, world: World) -> None:
        client.force_login(world.officer)
        question = lives.owned(world, reason="question")
        drafting.draft(question, by=world.officer, at=minute(20), text=FRAME, standard_text=text())
        body = client.get(f"/desk/{question.reference}/").content.decode()
        assert "<bdi>0</bdi> of 100 words are not from there" in body
        assert "words must be your own" not in body

    def test_a_draft_in_hand_is_replaced_on_the_page_only(
        self, client: Client, world: World, complaint: Complaint
    ) -> None:
        row = text()
        drafting.draft(complaint, by=world.officer, at=minute(20), text="Mine.", language="ur")
        urdu = text(language="ur", text="شکریہ")
        form, _body = self.opened(client, complaint)
        assert (form["text"].value(), form.offered) == ("Mine.", [urdu])
        form, body = self.opened(client, complaint, f"?standard={row.pk}")  # of another language
        assert (form["text"].value(), form.chosen) == ("Mine.", None)
        assert "This standard text is not there any more." in body
        form, _body = self.opened(client, complaint, f"?standard={urdu.pk}")
        assert form["text"].value() == "شکریہ"

    def test_none_offered_none_shown(self, client: Client, world: World, complaint: Complaint) -> None:
        text(make_world("beta"))
        _form, body = self.opened(client, complaint)
        assert "Begin with a standard text" not in body

    @pytest.mark.parametrize("asked", ["0", "x", "9" * 30, "%00", "-1", "1&standard=2"])
    def test_what_is_no_number_is_said(self, client: Client, complaint: Complaint, asked: str) -> None:
        text()
        form, body = self.opened(client, complaint, f"?standard={asked}0")
        assert form["text"].value() == ""
        assert "This standard text is not there any more." in body

    def test_anothers_text_is_refused_with_a_sentence(self, client: Client, world: World, complaint: Complaint) -> None:
        theirs = text(make_world("beta"))
        posted = {"version": complaint.version, "kind": "substantive", "language": "en", "text": "Typed by hand."}
        for value in (theirs.pk, "x", "9" * 30):
            sent = client.post(f"/desk/{complaint.reference}/draft/", posted | {"standard_text": value})
            assert sent.status_code == 400
            body = sent.content.decode()
            assert "This standard text is not there any more." in body
            assert "Typed by hand." in body

    def test_the_page_asks_the_same_number_of_questions(
        self, client: Client, world: World, complaint: Complaint
    ) -> None:
        text()
        address = f"/desk/{complaint.reference}/draft/"
        with CaptureQueriesContext(connection) as few:
            client.get(address)
        row = [text(world) for _ in range(20)][-1]
        with CaptureQueriesContext(connection) as many:
            client.get(f"{address}?standard={row.pk}")
        assert len(many) == len(few)


class TestApi:
    def test_named_by_number_among_those_offered(self, world: World) -> None:
        complaint, row = lives.owned(world), text(world)
        officer = caller(world.officer)
        for foreign in (text(make_world("beta")), text(reason="form"), text(is_open=False)):
            answer = officer.move(complaint, "draft", text=FRAME, standard_text=foreign.pk)
            assert (answer.status_code, list(answer.json()["fields"])) == (400, ["standard_text"])
        assert officer.move(complaint, "draft", text=FRAME, standard_text=True).status_code == 400
        offered = officer.get(f"/api/complaints/{complaint.reference}/").json()["standard_texts"]
        assert [(each["id"], each["name"]["en"], each["text"]) for each in offered] == [(row.pk, "Looked into", FRAME)]
        answer = officer.move(complaint, "draft", text=f"{FRAME} Soon.", standard_text=row.pk)
        assert answer.status_code == 200, answer.content
        draft = answer.json()["draft"]
        assert (draft["standard_text"], draft["own_share"]) == (row.pk, 1 / 14)
