"""Complaints through the API: the list and its filters, reading, filing, and a whole life by moves."""

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.api.asking import ASKED
from complaints.models import Complaint, Refusal
from complaints.stages import MOVES
from tests.api import Caller, caller
from tests.lives import BRING, BY_MAIL, answered, asked, filed, lodged, monitored, offered, owned, proof_of, rows
from tests.world import World, make_official, make_world

pytestmark = pytest.mark.django_db
LIST = "/api/complaints/"
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def beta() -> World:
    return make_world("beta")


def references(calling: Caller, **query: Any) -> list[str]:
    answer = calling.get(LIST, **query)
    assert answer.status_code == 200, answer.content
    return [row["reference"] for row in answer.json()["results"]]


def test_each_sees_his_own_and_the_centre_all(world: World, beta: World) -> None:
    ours, theirs = filed(world), filed(beta)
    assert references(caller(world.officer)) == [ours.reference]
    assert references(caller(beta.officer)) == [theirs.reference]
    assert references(caller(world.centre)) == [theirs.reference, ours.reference]
    elsewhere = make_official("alpha.elsewhere", "officer", world.department, world.other)
    assert references(caller(elsewhere)) == []


def test_foreign_and_nonexistent_look_the_same(world: World, beta: World) -> None:
    theirs = filed(beta)
    calling = caller(world.head)
    answers = [calling.get(f"{LIST}{name}/") for name in (theirs.reference, "123-4567-8901", "x", "%00", "a%0Ab")]
    moves = [
        calling.post(f"{LIST}{name}/moves/note/", {"version": 1, "text": "x"})
        for name in (theirs.reference, "123-4567-8901")
    ]
    assert {(each.status_code, each.content) for each in answers + moves} == {(404, answers[0].content)}


def test_pages_hold_all_once_while_new_ones_come_in(world: World) -> None:
    made = [filed(world).reference for _ in range(7)]
    calling = caller(world.officer)
    found, cursor = [], {}
    while True:
        page = calling.get(LIST, limit=2, **cursor).json()
        found += [row["reference"] for row in page["results"]]
        filed(world)
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == made[::-1]
    assert references(calling, ordering="recorded", limit=2) == made[:2]


def test_filters(world: World) -> None:
    at_content, at_response = owned(world), answered(world, reason="question", channel=world.channels["email"])
    ended = BRING["ended"](world)
    calling = caller(world.officer)
    for query, expected in [
        ({"stage": "content"}, [at_content]),
        ({"stage": "response"}, [at_response]),
        ({"stage": "ended"}, [ended]),
        ({"reason": "question"}, [at_response]),
        ({"channel": "email"}, [at_response]),
        ({"department": "beta"}, []),
        ({"section": "answers", "stage": "content"}, [at_content]),
        ({"standing": "overdue", "stage": "content"}, [at_content]),
        ({"standing": "paused"}, []),
        ({"received_from": "2026-03-01T00:00:00Z"}, [ended, at_response, at_content]),
        ({"received_before": "2026-03-01T00:00:00Z"}, []),
    ]:
        assert references(calling, **query) == [each.reference for each in expected], query


NAMES = ["citizen__name", "code_hmac", "department__live_since__lt", "text__contains", "id", "pk__in", "expand",
         "stage__in", "format", "fields", "\0", "a" * 5000]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_other_names_are_refused(world: World, name: str) -> None:
    complaint = filed(world)
    calling = caller(world.officer)
    addresses = (LIST, f"{LIST}{complaint.reference}/", "/api/departments/", "/api/categories/", "/api/compliance/")
    for address in addresses:
        assert calling.get(address, **{name: "1"}).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"ordering": "citizen__name"}, {"ordering": "?"}, {"limit": "0"}, {"limit": "201"}, {"limit": "1e3"},
        {"limit": "٣"},
        {"cursor": "x"}, {"cursor": "ÿ"}, {"cursor": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"}, {"cursor": "-"}, {"cursor": ""},
        {"stage": "gone"}, {"standing": "Late"}, {"reason": "'"}, {"department": "a\0b"}, {"section": "x" * 51},
        {"received_from": "yesterday"}, {"received_from": "0001-01-01T00:00:00+14:00"},
        {"received_before": "9999-12-31T23:59:59-12:00"},
    ],
)  # fmt: skip
def test_wrong_values_are_refused(world: World, query: dict[str, str]) -> None:
    answer = caller(world.officer).get(LIST, **query)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, list(query))


def queries_of(calling: Caller, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert calling.get(address).status_code == 200
    assert not any("COUNT(" in query["sql"].upper() for query in seen.captured_queries)
    return len(seen)


def test_the_cost_does_not_grow(world: World, beta: World) -> None:
    calling = caller(world.officer)
    first = asked(world, reach=BY_MAIL)
    calling.get(LIST)
    one, read_one = queries_of(calling, LIST), queries_of(calling, f"{LIST}{first.reference}/")
    departments, figures = "/api/departments/", "/api/compliance/?start=2026-01-01&end=2026-12-31"
    public, counted = queries_of(calling, departments), len(capture(calling, figures))
    for bring in BRING.values():
        for _ in range(3):
            bring(world, reach=BY_MAIL)
    for _ in range(5):
        assert calling.move(first, "note", text="More.").status_code == 200
        assert calling.move(first, "write", text="More.", channel_kind="phone").status_code == 200
    make_world("gamma")
    calling.get(departments)  # what a calendar comes to is kept in memory; a new world empties that
    assert queries_of(calling, LIST) == one <= 12
    assert queries_of(calling, f"{LIST}{first.reference}/") == read_one
    assert queries_of(calling, departments) == public
    assert len(capture(calling, figures)) == counted


def capture(calling: Caller, address: str) -> CaptureQueriesContext:
    with CaptureQueriesContext(connection) as seen:
        assert calling.get(address).status_code == 200
    return seen


@pytest.mark.parametrize("anonymity", ["named", "hidden"])
def test_a_hidden_name_is_not_shown(world: World, anonymity: str) -> None:
    complaint = filed(world, reach=BY_MAIL, name="Fatima Bibi", anonymity=anonymity)
    answer = caller(world.officer).get(f"{LIST}{complaint.reference}/")
    shown = b"Fatima" in answer.content, BY_MAIL.address.encode() in answer.content
    assert shown == ((True, True) if anonymity == "named" else (False, False))
    for secret in (complaint.code_hmac, "hash", "idempotency"):
        assert secret not in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_every_move_has_its_serializer() -> None:
    assert list(ASKED) == [move for move in MOVES if move in ASKED]
    assert set(ASKED) == set(MOVES)


def test_a_whole_life(world: World) -> None:
    complaint = lodged(world, reach=BY_MAIL).complaint
    intake, officer, approver = caller(world.intake), caller(world.officer), caller(world.approver)
    monitor, head = caller(world.monitor), caller(world.head)
    done = [
        (intake, "route", {"section": "answers", "category": "complaint"}),
        (officer, "accept", {}),
        (head, "reassign", {"to": "alpha.officer2", "reason": "On leave."}),
        (officer, "note", {"text": "Seen."}),
        (officer, "draft", {"text": "A team comes."}),
        (approver, "send_back", {"comment": "Say when."}),
        (officer, "draft", {"text": "A team comes on Friday.", "kind": "substantive", "language": "en"}),
        (approver, "approve", {}),
        (officer, "send", {}),
        (officer, "interim", {"reason": "Rain.", "expected_at": (timezone.now() + timedelta(days=3)).isoformat()}),
        (officer, "ask", {"text": "Which well?"}),
        (officer, "call", {"text": "Nobody took the call."}),
        (intake, "write", {"text": "The one by the school.", "channel_kind": "phone"}),
        (intake, "verify", {"proof": proof_of(complaint)}),
        (officer, "conclude", {"outcome": "granted", "statement": "Done."}),
        (officer, "hand_over", {}),
        (monitor, "object", {"reason": "The well is dry still."}),
        (officer, "draft", {"text": "It is filled now."}),
        (approver, "approve", {}),
        (officer, "send", {}),
        (officer, "conclude", {"outcome": "granted"}),
        (officer, "hand_over", {}),
        (intake, "confirm", {}),
        (intake, "rate", {"stars": 4, "comment": "Good."}),
        (monitor, "sign_off", {}),
    ]  # fmt: skip
    for calling, move, body in done:
        shown = calling.get(f"{LIST}{complaint.reference}/").json()
        assert move in shown["moves"], move
        answer = calling.move(complaint, move, **body)
        assert answer.status_code == 200, (move, answer.content)
        assert answer.json()["version"] == shown["version"] + 1
    end = officer.get(f"{LIST}{complaint.reference}/").json()
    assert (end["position"], end["stage"], end["rating"]["stars"]) == ("ended", "ended", 4)
    assert [event["actor"] for event in end["events"]][:2] == ["citizen", "official"]


def test_a_transfer_is_taken_or_returned_and_is_gone_from_view(world: World, beta: World) -> None:
    first, second = offered(world, beta.department), filed(world)
    theirs = caller(beta.intake)
    assert theirs.move(first, "return_transfer", reason="Not ours.").status_code == 204
    assert theirs.get(f"{LIST}{first.reference}/").status_code == 404
    assert caller(world.intake).move(second, "transfer", to="beta", reason="Theirs.").status_code == 200
    assert theirs.move(second, "accept_transfer").json()["department"] == "beta"


def test_pauses_and_letters_are_named_by_number(world: World) -> None:
    complaint, other = asked(world), asked(world)
    intake, monitor = caller(world.intake), caller(world.monitor)
    assert intake.move(complaint, "contest_pause").status_code == 200
    foreign = monitor.move(complaint, "judge_pause", pause=other.pauses.get().pk, verdict="upheld")
    assert (foreign.status_code, list(foreign.json()["fields"])) == (400, ["pause"])
    assert monitor.move(complaint, "judge_pause", pause=complaint.pauses.get().pk, verdict="upheld").status_code == 200
    assert intake.move(complaint, "deliver", letter=other.letters.first().pk).status_code == 400
    assert intake.move(complaint, "withdraw").status_code == 200
    closing = complaint.letters.get(kind="closing")
    assert intake.move(complaint, "deliver", letter=closing.pk).status_code == 200


@pytest.mark.parametrize(
    ("move", "body"),
    [
        ("route", {"section": "answers-b"}),
        ("route", {"section": "answers", "category": "of-beta"}),
        ("transfer", {"to": "sleeping", "reason": "x"}),
        ("reassign", {"to": "beta.officer", "reason": "x"}),
    ],
)
def test_what_belongs_to_others_is_no_choice(world: World, beta: World, move: str, body: dict[str, Any]) -> None:
    beta.section.code = "answers-b"
    beta.section.save()
    make_world("sleeping", live=False)
    complaint = filed(world)
    calling = caller(world.head)
    before = rows()
    answer = calling.move(complaint, move, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert rows() == before


def test_how_a_verb_says_no(world: World) -> None:
    complaint = owned(world)
    officer, intake = caller(world.officer), caller(world.intake)
    address = f"{LIST}{complaint.reference}/moves/"
    stale = officer.post(f"{address}draft/", {"version": complaint.version - 1, "text": "x"})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert "changed after you opened it" in stale.json()["detail"]
    not_ready = officer.move(complaint, "send")
    assert (not_ready.status_code, not_ready.json()["code"]) == (409, "not_ready")
    not_allowed = intake.move(complaint, "draft", text="x")
    assert (not_allowed.status_code, not_allowed.json()["code"]) == (403, "not_allowed")
    assert Refusal.objects.get().move == "draft"
    invalid = officer.move(complaint, "note", text="\u200b")
    assert (invalid.status_code, list(invalid.json()["fields"])) == (400, ["text"])
    assert officer.post(f"{address}fly/", {"version": 1}).status_code == 404


FILING = {"reason": "complaint", "text": "The well is dry.", "language": "ur", "name": "Ali", "category": "complaint"}


def test_filing_once_with_one_key(world: World) -> None:
    intake = caller(world.intake)
    body = {**FILING, "channel": world.channels["phone"].pk, "contact": {"kind": "phone", "address": "+923001234567"}}
    first = intake.post(LIST, body, Idempotency_Key="call-00001")
    again = intake.post(LIST, body, Idempotency_Key="call-00001")
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert set(first.json()) == {"reference", "tracking_code", "received_at"}
    complaint = Complaint.objects.get()
    assert complaint.taken_by == world.intake
    shown = intake.get(f"{LIST}{complaint.reference}/")
    assert first.json()["tracking_code"] not in shown.content.decode()
    other = intake.post(LIST, {**body, "text": "Another."}, Idempotency_Key="call-00001")
    assert (other.status_code, Complaint.objects.count()) == (409, 1)
    theirs = caller(world.officer).post(LIST, body, Idempotency_Key="call-00001")
    assert theirs.json()["reference"] != complaint.reference


def test_what_may_not_be_filed(world: World, beta: World) -> None:
    intake = caller(world.intake)
    good = {**FILING, "channel": world.channels["counter"].pk}
    for body, field in [
        ({**good, "channel": world.channels["web"].pk}, "channel"),
        ({**good, "channel": beta.channels["phone"].pk}, "channel"),
        ({**good, "category": "nothing"}, "category"),
        ({**good, "text": " "}, "text"),
        ({**good, "promise": "2030-01-01T00:00:00Z"}, "promise"),
        ({**good, "received_at": "2999-01-01T00:00:00Z"}, "received_at"),
        ({**good, "received_at": "2026-01-01T00:00:00"}, "received_at"),
        ({**good, "anonymity": "unknown"}, "anonymity"),
        ({**good, "contact": {"kind": "email", "address": "a@b, c@d"}}, "contact"),
        ({**good, "contact": {"kind": "smoke", "address": "x"}}, "contact.kind"),
    ]:
        answer = intake.post(LIST, body, Idempotency_Key="call-00001")
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field]), answer.content
    for key in ("", "short", "x" * 101, "with\ttab-inside"):
        answer = intake.post(LIST, good, Idempotency_Key=key)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Idempotency-Key"])
    assert caller(world.auditor).post(LIST, good, Idempotency_Key="call-00001").status_code == 403
    assert not Complaint.objects.exists()


def test_a_citizen_follows_with_reference_and_code(world: World) -> None:
    made = lodged(world)
    calling = caller(world.officer)
    client = calling.client
    right = {"reference": made.complaint.reference, "code": made.code}
    answer = client.post("/api/track/", right, "application/json")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store, private")
    assert answer.json()["conversation"][0]["text"] == "The well is dry."
    assert "alpha.officer" not in answer.content.decode()
    wrong = [{**right, "code": "AAAA-BBBB-CCCCC"}, {**right, "reference": "123-4567-8901"}]
    refused = [client.post("/api/track/", body, "application/json") for body in wrong]
    assert {(each.status_code, each.content) for each in refused} == {(404, refused[0].content)}
    slowed = [client.post("/api/track/", wrong[0], "application/json") for _ in range(12)][-1]
    assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, "60")


@pytest.mark.parametrize("post", ["administrator", "head", "monitor", "auditor"])
def test_compliance_is_for_those_who_see_the_department(world: World, beta: World, post: str) -> None:
    monitored(world)
    period = {"start": "2026-01-01", "end": "2026-03-31"}
    seen = caller(getattr(world, post)).get("/api/compliance/", **period).json()["departments"]
    assert [each["department"] for each in seen] == ["alpha"]
    assert {stage["stage"] for stage in seen[0]["stages"]} >= {"content", "response"}
    foreign = caller(getattr(world, post)).get("/api/compliance/", department="beta", **period).json()
    nothing = caller(getattr(world, post)).get("/api/compliance/", department="none", **period).json()
    assert foreign["departments"] == nothing["departments"] == []
    everything = caller(world.centre).get("/api/compliance/", **period).json()["departments"]
    assert [each["department"] for each in everything] == ["alpha", "beta"]
    for wrong in ({"start": "2026-02-01", "end": "2026-01-01"}, {"start": "0001-01-01", "end": "9999-12-31"}, {}):
        assert caller(world.centre).get("/api/compliance/", **wrong).status_code == 400


def test_only_listed_fields_change(world: World) -> None:
    """Reliability P0-18: all the columns of all our records are sent to each write endpoint."""
    complaint = owned(world)
    columns = {f.name: 1 for model in apps.get_app_config("complaints").get_models() for f in model._meta.fields}
    before, version = rows(), complaint.version
    for post in ("intake", "officer", "approver", "monitor", "head"):
        calling = caller(getattr(world, post))
        for move in ASKED:
            answer = calling.post(f"{LIST}{complaint.reference}/moves/{move}/", {**columns, "version": version})
            assert answer.status_code == 400, move
            assert b"There is no such field." in answer.content
        assert calling.post(LIST, columns, Idempotency_Key="call-00001").status_code == 400
    after = {**rows(), "departments_apitoken": before["departments_apitoken"]}
    assert after == before


@pytest.mark.parametrize("room", ["departments", "complaints", "engagement", "config"])
def test_every_serializer_lists_its_fields(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ClassDef) or not any("ModelSerializer" in ast.unparse(b) for b in node.bases):
                continue
            metas = [inner for inner in node.body if isinstance(inner, ast.ClassDef) and inner.name == "Meta"]
            assert metas, f"{path}: {node.name} has no Meta"
            text = ast.unparse(metas[0])
            assert "fields" in text, f"{path}: {node.name}"
            assert "__all__" not in text, f"{path}: {node.name}"
            assert "exclude" not in text, f"{path}: {node.name}"
