"""A query's life at the desk: from the counter to the sign-off by pages and forms alone, every move there is."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from complaints import actions
from complaints.desk.moves import DOINGS
from complaints.models import Complaint, Event, Letter, Pause, Refusal
from complaints.stages import MOVES, Position
from departments.models import User
from tests import lives
from tests.world import World

pytestmark = pytest.mark.django_db


class Desk:
    """A browser at the desk: signs in as anybody, at any moment, and clicks forms."""

    def __init__(self, at: datetime) -> None:
        self.client, self.at = Client(), at

    def as_(self, official: User) -> "Desk":
        self.client.force_login(official)
        return self

    def later(self, **span: float) -> "Desk":
        self.at += timedelta(**span)
        return self

    def get(self, address: str) -> Any:
        with patch("django.utils.timezone.now", return_value=self.at):
            return self.client.get(address)

    def post(self, address: str, data: dict[str, Any]) -> Any:
        with patch("django.utils.timezone.now", return_value=self.at):
            return self.client.post(address, data)

    def page(self, complaint: Complaint) -> str:
        response = self.get(f"/desk/{complaint.reference}/")
        assert response.status_code == 200, response.status_code
        return unescape(response.content.decode())

    def do(self, complaint: Complaint, move: str, **typed: Any) -> str:
        """Make a move as a person does: the page offers it, its form is opened, filled in and sent."""
        self.later(minutes=5)
        address = f"/desk/{complaint.reference}/{move}/"
        assert address in self.page(complaint), f"{move} is not offered"
        form = self.get(address).context["form"]
        data = {name: form[name].value() for name in form.fields}
        data = {name: getattr(value, "pk", value) for name, value in data.items() if value is not None} | typed
        response = self.post(address, data)
        assert response.status_code == 302, unescape(response.content.decode())
        complaint.refresh_from_db()
        return str(response.url)


@pytest.fixture
def desk() -> Desk:
    return Desk(lives.MONDAY)


def moves_made(complaints: Iterable[Complaint]) -> set[str]:
    return set(Event.objects.filter(complaint__in=complaints).values_list("kind", flat=True))


def file(desk: Desk, world: World, **typed: Any) -> Complaint:
    """File by the one screen for telephone, counter and letter."""
    form = desk.as_(world.intake).get("/desk/new/").context["form"]
    data = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in data.items() if value is not None}
    data |= {"channel": world.channels["counter"].pk, "text": "The well is dry.", **typed}
    response = desk.post("/desk/new/", data)
    assert response.status_code == 302, unescape(response.content.decode())
    return Complaint.objects.latest("pk")


class TestALife:
    def test_from_the_counter_to_the_sign_off(self, world: World, desk: Desk) -> None:
        complaint = file(desk, world, contact_kind="phone", contact="+92 300 1234567", name="Amina")
        desk.do(complaint, "route", category=world.categories["complaint"].pk, section=world.section.pk)
        desk.as_(world.officer).do(complaint, "accept")
        desk.do(complaint, "note", text="I know this well.")
        desk.do(complaint, "draft", text="A team comes on Friday.")
        desk.as_(world.approver).do(complaint, "send_back", comment="Say at what time.")
        desk.as_(world.officer).do(complaint, "draft", text="A team comes on Friday at ten.")
        page = desk.as_(world.approver).page(complaint)
        assert "Say at what time." in page
        assert "<ins>" in page
        desk.do(complaint, "approve")
        desk.as_(world.officer).do(complaint, "send")
        desk.do(complaint, "conclude", outcome="granted", statement="The pump works.")
        desk.do(complaint, "hand_over")
        letter = Letter.objects.get(complaint=complaint, kind="closing")
        desk.as_(world.officer).do(complaint, "deliver", letter=letter.pk)
        desk.as_(world.intake).do(complaint, "confirm")
        desk.do(complaint, "rate", stars="4", comment="Good.")
        desk.as_(world.monitor).do(complaint, "sign_off")
        assert lives.position(complaint) is Position.ENDED
        assert complaint.rating.stars == 4

    def test_a_question_pauses_is_contested_and_judged(self, world: World, desk: Desk) -> None:
        complaint = file(desk, world, contact_kind="phone", contact="+923001234567")
        desk.as_(world.officer).do(complaint, "accept")
        desk.do(complaint, "ask", text="Which well?")
        desk.do(complaint, "deliver", letter=Letter.objects.get(complaint=complaint, kind="question").pk)
        assert "paused" in desk.page(complaint)
        desk.do(complaint, "call", text="Nobody answered.")
        desk.as_(world.intake).do(complaint, "contest_pause")
        desk.as_(world.monitor).do(complaint, "judge_pause", pause=Pause.objects.get().pk, verdict="upheld")
        desk.as_(world.intake).do(complaint, "write", text="The one by the mosque.", channel_kind="phone")
        desk.as_(world.officer).do(complaint, "interim", reason="The drill broke.", expected_at="2026-04-20")
        page = desk.page(complaint)
        assert "A question to the citizen stopped the clock" in page
        assert "The one by the mosque." in page
        assert Pause.objects.get().upheld is True

    def test_a_transfer_is_returned_and_then_accepted(self, world: World, other: World, desk: Desk) -> None:
        complaint = file(desk, world)
        desk.do(complaint, "transfer", to=other.department.pk, reason="It is a canal.")
        desk.as_(other.intake).do(complaint, "return_transfer", reason="It is a road.")
        desk.as_(world.intake).do(complaint, "transfer", to=other.department.pk, reason="Look again.")
        desk.as_(other.intake).do(complaint, "accept_transfer")
        assert complaint.department == other.department
        assert desk.as_(world.intake).get(f"/desk/{complaint.reference}/").status_code == 404

    def test_who_gives_a_query_away_lands_on_the_queue(self, world: World, other: World, desk: Desk) -> None:
        complaint = lives.offered(world, other.department)
        post = world.centre.appointments.get()
        assert post.department_id is None
        assert desk.as_(other.head).later(hours=1).do(complaint, "accept_transfer") == f"/desk/{complaint.reference}/"

    def test_a_closure_is_objected_to_and_a_query_withdrawn(self, world: World, desk: Desk) -> None:
        complaint = lives.monitored(world)
        desk.later(hours=2).as_(world.intake).do(complaint, "object", reason="Nobody came.")
        assert lives.position(complaint) is Position.CONTENT
        assert "Opened again" in desk.as_(world.officer).page(complaint)
        desk.as_(world.head).do(complaint, "reassign", to=world.officer2.pk, reason="The officer is away.")
        assert lives.owner(complaint) == world.officer2
        desk.as_(world.intake).do(complaint, "withdraw", reason="I moved away.")
        assert lives.position(complaint) is Position.MONITORING

    def test_an_address_is_verified(self, world: World, desk: Desk) -> None:
        complaint = lives.filed(world, reach=lives.BY_MAIL)
        desk.as_(world.intake).do(complaint, "verify", proof=lives.proof_of(complaint))
        complaint.contact.refresh_from_db()  # type: ignore[union-attr]
        assert complaint.contact.verified_at is not None  # type: ignore[union-attr]

    def test_every_move_has_its_words_form_and_verb(self) -> None:
        assert set(DOINGS) == set(MOVES)


class TestWhatIsOffered:
    @pytest.mark.parametrize("position", list(Position))
    @pytest.mark.parametrize("post", ["intake", "officer", "approver", "monitor", "head", "administrator", "auditor"])
    def test_exactly_the_allowed_moves(self, world: World, desk: Desk, position: Position, post: str) -> None:
        complaint = lives.BRING[position](world)
        official = getattr(world, post)
        at = desk.later(days=1).at
        allowed = set(actions.allowed_moves(complaint, by=official, at=at))
        response = desk.as_(official).get(f"/desk/{complaint.reference}/")
        page = unescape(response.content.decode())
        linked = {move for move in MOVES if f"/desk/{complaint.reference}/{move}/" in page}
        later = {action.move for action in response.context["not_now"]}
        assert linked | later == allowed
        assert not linked & later

    @pytest.mark.parametrize("move", sorted(MOVES))
    def test_what_is_not_allowed_is_refused_in_words_and_changes_nothing(
        self, world: World, desk: Desk, move: str
    ) -> None:
        complaint = lives.owned(world)
        desk.later(hours=1).as_(world.auditor)
        before = lives.rows()
        address = f"/desk/{complaint.reference}/{move}/"
        opened = desk.get(address)
        assert opened.status_code == 403
        assert "Your posts do not allow this." in unescape(opened.content.decode())
        typed = {
            "text": "Mine.",
            "reason": "Mine.",
            "comment": "Mine.",
            "version": complaint.version,
            "section": world.section.pk,
            "to": world.officer2.pk,
            "kind": "substantive",
            "language": "en",
            "expected_at": "2026-04-20",
            "outcome": "granted",
            "channel_kind": "phone",
            "stars": "5",
            "proof": "AAAA-AAAA",
            "verdict": "struck",
        }
        sent = desk.post(address, typed)
        assert sent.status_code == 403
        assert lives.rows() == before
        page = unescape(sent.content.decode())
        assert "Your posts do not allow" in page
        if "Your posts do not allow “" in page:  # the verb was asked, and remembers who asked
            assert Refusal.objects.filter(official=world.auditor, move=move).exists()

    def test_who_wrote_a_draft_cannot_approve_it(self, world: World, desk: Desk) -> None:
        lives.also(world.officer, "approver", world)  # type: ignore[arg-type]
        complaint = lives.owned(world)
        desk.later(hours=1).as_(world.officer).do(complaint, "draft", text="Mine.")
        page = desk.page(complaint)
        assert f"/desk/{complaint.reference}/approve/" not in page
        assert "You wrote this draft; another person must decide on it." in page
        sent = desk.post(f"/desk/{complaint.reference}/approve/", {"version": complaint.version})
        assert sent.status_code == 403
        assert "another person must decide" in unescape(sent.content.decode())

    def test_a_move_by_get_changes_nothing(self, world: World, desk: Desk) -> None:
        complaint = lives.owned(world)
        before = lives.rows()
        for move in MOVES:
            assert desk.later(hours=1).as_(world.officer).get(f"/desk/{complaint.reference}/{move}/").status_code < 500
        assert lives.rows() == before


class TestStale:
    def test_it_shows_what_changed_and_keeps_what_was_typed(self, world: World, desk: Desk) -> None:
        complaint = lives.owned(world)
        seen = complaint.version
        desk.later(hours=1).as_(world.officer2).do(complaint, "note", text="Careful.")
        address = f"/desk/{complaint.reference}/draft/"
        typed = {"version": seen, "text": "A team comes.", "kind": "substantive", "language": "en"}
        sent = desk.as_(world.officer).later(minutes=5).post(address, typed)
        page = unescape(sent.content.decode())
        assert sent.status_code == 409
        assert "changed after you opened it" in page
        assert "What changed meanwhile" in page
        assert "Note written" in page
        assert "A team comes." in page
        assert sent.context["form"]["version"].value() == complaint.version
        again = {**typed, "version": sent.context["form"]["version"].value()}
        assert desk.post(address, again).status_code == 302
