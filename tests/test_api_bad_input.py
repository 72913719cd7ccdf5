"""Whatever is sent to the API, it refuses in its own shape and never fails; and its description holds."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from complaints.api.asking import ASKED
from complaints.models import Complaint
from config.wsgi import application
from departments.roles import Role
from tests.api import Caller, caller
from tests.lives import HOSTILE, also, owned
from tests.world import World, make_world

pytestmark = pytest.mark.django_db
LIST = "/api/complaints/"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def complaint(world: World) -> Complaint:
    return owned(world)


def test_the_description_is_valid_and_names_every_move(client: Client) -> None:
    validate_schema(SchemaGenerator().get_schema(request=None, public=True))
    described = client.get("/api/schema/").json()
    assert described["openapi"].startswith("3.1")
    for move in ASKED:
        body = described["paths"][f"/api/complaints/{{reference}}/moves/{move}/"]["post"]["requestBody"]
        assert body["content"].keys() == {"application/json"}


BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400), "no json": (b"{", 400), "a list": (b"[]", 400), "a word": (b'"x"', 400),
    "null": (b"null", 400),
    "not a number": (b'{"version": NaN}', 400), "infinite": (b'{"version": 1e999}', 400), "bytes": (b"\xff\xfe", 400),
    "deep": (b'{"version":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400), "many digits": (b"9" * 10_000, 400),
    "huge number": (b'{"version": ' + b"9" * 4000 + b"}", 400), "bool": (b'{"version": true, "text": "x"}', 400),
    "huge": (b'{"text": "' + b"x" * 300_000 + b'"}', 413), "nul": (b'{"version": 2, "text": "a\\u0000b"}', 400),
    "surrogate": (b'{"version": 2, "text": "a\\ud800b"}', 400), "surrogate name": (b'{"a\\uD800": 1}', 400),
    "surrogate choice": (b'{"version": 2, "text": "x", "kind": "\\udfff", "reason": "\\udfff"}', 400),
    "nul name": (b'{"a\\u0000": 1}', 400),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_refused(world: World, complaint: Complaint, name: str) -> None:
    body, status = BODIES[name]
    officer = caller(world.officer)
    for address in (f"{LIST}{complaint.reference}/moves/note/", LIST, "/api/track/"):
        answer = officer.post(address, body, Idempotency_Key="call-00001")
        assert answer.status_code == status, (address, answer.content[:200])
        assert set(answer.json()) == {"code", "detail", "fields"}
    assert Complaint.objects.get().version == complaint.version


@pytest.mark.parametrize("kind", ["text/plain", "application/xml",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded", "x"])  # fmt: skip
def test_other_media_types_are_415(world: World, complaint: Complaint, kind: str) -> None:
    officer = caller(world.officer)
    headers = {"Authorization": f"Bearer {officer.secret}"}
    answer = officer.client.post(f"{LIST}{complaint.reference}/moves/note/", "a=1", kind, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("charset", ["base64", "utf-7", "rot13", "nonsense", "utf-16"])
def test_the_charset_of_a_request_means_nothing(world: World, complaint: Complaint, charset: str) -> None:
    officer = caller(world.officer)
    headers = {"Authorization": f"Bearer {officer.secret}"}
    body = json.dumps({"version": complaint.version, "text": "x"})
    kind = f"application/json; charset={charset}"
    address = f"{LIST}{complaint.reference}/moves/note/"
    assert officer.client.generic("POST", address, body, kind, headers=headers).status_code == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_are_405_and_other_addresses_404(world: World, complaint: Complaint, method: str) -> None:
    officer = caller(world.officer)
    headers = {"Authorization": f"Bearer {officer.secret}"}
    for address in (LIST, f"{LIST}{complaint.reference}/", "/api/departments/"):
        assert getattr(officer.client, method)(address, headers=headers).status_code == 405
    for address in ("/api/nothing/", "/api/complaints", f"{LIST}{complaint.reference}/moves/fly/"):
        answer = getattr(officer.client, method)(address, headers=headers)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_kept_as_text_or_refused(world: World, complaint: Complaint, name: str) -> None:
    officer = caller(world.officer)
    answer = officer.move(complaint, "note", text=HOSTILE[name])
    assert answer.status_code in (200, 400)
    assert officer.get(f"{LIST}{complaint.reference}/").status_code == 200


_WORDS = st.sampled_from(
    ["version", "text",
     "section", "category", "reason", "to", "letter", "pause", "verdict", "outcome", "stars", "proof",
     "expected_at", "channel_kind", "kind", "language", "channel", "contact",
     "received_at", "name", "code", "reference",
     "answers", "complaint", "granted", "upheld", "alpha", "alpha.officer2", "en", "phone", "2026-12-01T00:00:00Z"]
)  # fmt: skip
_PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | _WORDS
_VALUES = st.recursive(_PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3))
_PATHS = st.sampled_from([*(f"moves/{move}/" for move in ASKED), "FILE", "TRACK"])
_FUZZ = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


@_FUZZ
@given(path=_PATHS, body=st.dictionaries(_WORDS | st.text(max_size=5), _VALUES, max_size=6), versioned=st.booleans())
def test_no_body_makes_it_fail(fuzzed: Any, path: str, body: dict[str, Any], versioned: bool) -> None:
    calling, complaint = fuzzed
    if versioned:
        complaint.refresh_from_db(fields=["version"])
        body = {**body, "version": complaint.version}
    addresses = {"FILE": LIST, "TRACK": "/api/track/"}
    address = addresses.get(path, f"{LIST}{complaint.reference}/{path}")
    assert calling.post(address, body, Idempotency_Key="call-00001").status_code < 500


@_FUZZ
@given(query=st.dictionaries(_WORDS | st.text(max_size=9) | st.sampled_from(["cursor", "limit", "ordering", "stage",
       "standing", "department", "received_from", "received_before", "start", "end"]), _PLAIN, max_size=4))  # fmt: skip
def test_no_query_makes_it_fail(fuzzed: Any, query: dict[str, Any]) -> None:
    calling, _complaint = fuzzed
    for address in (LIST, "/api/compliance/"):
        sent = {name: value for name, value in query.items() if value is not None}
        assert calling.get(address, **_encodable(sent)).status_code < 500


def _encodable(query: dict[str, Any]) -> dict[str, str]:
    return {
        name.encode("utf-8", "ignore").decode(): str(v).encode("utf-8", "ignore").decode() for name, v in query.items()
    }


@pytest.fixture
def fuzzed(world: World, complaint: Complaint) -> tuple[Caller, Complaint]:
    for role in Role.values:  # so that nothing ends at a missing power
        also(world.officer, Role(role), world)
    return caller(world.officer), complaint


@pytest.mark.parametrize("charset", ["zlib", "hex", "utf-16", "idna", "undefined", "rot13", "nonsense", "utf-8"])
def test_a_claimed_charset_changes_nothing(charset: str) -> None:
    began: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/api/departments/",
        "QUERY_STRING": "x=%D8%A7",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "CONTENT_TYPE": f"application/json; charset={charset}",
    }
    application(environ, lambda status, *_: began.append(status))
    assert began == ["400 Bad Request"]  # for the parameter, which no address of ours has
