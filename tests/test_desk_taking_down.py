"""An official takes a query down at the desk: the slip with its code, who may do it, and what bad input does."""

from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from complaints.models import Complaint
from complaints.references import tracking_code
from tests import lives
from tests.lives import HOSTILE
from tests.world import World

pytestmark = pytest.mark.django_db


def typed(client: Client, world: World, **changes: Any) -> dict[str, Any]:
    form = client.get("/desk/new/").context["form"]
    data = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in data.items() if value is not None}
    return {**data, "channel": world.channels["phone"].pk, "text": "The well is dry.", **changes}


class TestTakingDown:
    def test_the_code_is_shown_once_and_stands_in_no_address(self, client: Client, world: World) -> None:
        client.force_login(world.intake)
        data = typed(client, world, name="Amina", contact_kind="sms", contact="+923001234567")
        sent = client.post("/desk/new/", data)
        assert sent.headers["Location"] == "/desk/slip/"
        complaint = Complaint.objects.get()
        code = tracking_code(settings.TRACKING_KEY, data["token"])
        shown = client.get("/desk/slip/")
        assert shown.headers["Cache-Control"] == "no-store, private"
        assert code in shown.content.decode()
        assert complaint.reference in shown.content.decode()
        assert code not in str(dict(client.session.items()))
        assert data["token"] not in str(dict(client.session.items()))
        assert client.post("/desk/slip/").headers["Location"] == "/desk/new/"
        assert code not in client.get("/desk/slip/").content.decode()
        assert (complaint.taken_by, complaint.channel) == (world.intake, world.channels["phone"])

    def test_a_double_click_is_one_query(self, client: Client, world: World) -> None:
        client.force_login(world.intake)
        data = typed(client, world)
        for _ in range(2):
            assert client.post("/desk/new/", data).status_code == 302
        assert Complaint.objects.count() == 1

    def test_nobody_else_sees_the_slip(self, client: Client, world: World) -> None:
        client.force_login(world.intake)
        client.post("/desk/new/", typed(client, world))
        client.force_login(world.officer)
        assert client.get("/desk/slip/").status_code == 404

    @pytest.mark.parametrize("post", ["approver", "monitor", "head", "auditor", "administrator"])
    def test_who_takes_nothing_down_is_told_so(self, client: Client, world: World, post: str) -> None:
        client.force_login(getattr(world, post))
        assert client.get("/desk/new/").status_code == 403
        assert client.post("/desk/new/", {"text": "x"}).status_code == 403
        assert not Complaint.objects.exists()

    def test_another_departments_channel_and_category_are_refused(
        self, client: Client, world: World, other: World
    ) -> None:
        client.force_login(world.intake)
        for changes in (
            {"channel": other.channels["phone"].pk},
            {"channel": world.channels["web"].pk},
            {"category": other.categories["complaint"].pk},
        ):
            assert client.post("/desk/new/", typed(client, world, **changes)).status_code == 400
        assert not Complaint.objects.exists()

    @pytest.mark.parametrize(("changes", "sentence"), [
        ({"text": "  "}, "Write what it is about"),
        ({"channel": ""}, "Choose how it comes."),
        ({"contact": "+923001234567"}, "Choose how to answer at this number or address."),
        ({"contact_kind": "email"}, "Write the number or address."),
        ({"contact_kind": "email", "contact": "nobody"}, "Write one e-mail address"),
        ({"anonymity": "unknown", "name": "Amina"}, "stays unknown"),
        ({"received_at": "yesterday"}, "Write date and time like 2026-03-31 14:05."),
        ({"received_at": "2999-01-01T10:00"}, "It cannot have been received after it is typed in."),
    ])  # fmt: skip
    def test_each_mistake_has_its_sentence(
        self, client: Client, world: World, changes: dict[str, str], sentence: str
    ) -> None:
        client.force_login(world.intake)
        sent = client.post("/desk/new/", typed(client, world, place="Chak 12", **changes))
        assert sent.status_code == 400
        page = unescape(sent.content.decode())
        assert sentence in page
        assert "Chak 12" in page
        assert not Complaint.objects.exists()

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
    @pytest.mark.parametrize("field", ["text", "name", "place", "contact", "token"])
    def test_hostile_words_break_nothing(self, client: Client, world: World, field: str, text: str) -> None:
        client.force_login(world.intake)
        kind = "letter" if field == "contact" else ""
        words = {field: text.encode("utf-8", "replace").decode(), "contact_kind": kind}
        sent = client.post("/desk/new/", typed(client, world, **words))
        assert sent.status_code in (302, 400)
        assert "<script>alert" not in sent.content.decode()
        if sent.status_code == 302:
            reference = Complaint.objects.get().reference
            assert "<script>alert" not in client.get(f"/desk/{reference}/").content.decode()

    def test_a_letter_counts_from_the_day_it_came(self, client: Client, world: World) -> None:
        client.force_login(world.intake)
        data = typed(client, world, channel=world.channels["letter"].pk, received_at="2026-03-02T10:00")
        assert client.post("/desk/new/", data).status_code == 302
        assert Complaint.objects.get().received_at == lives.MONDAY
