"""Districts: which there are, in which order, who keeps them, and how a query comes to name one and shows it."""

import tomllib
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from complaints.demo.words import _FOLDER, homes
from complaints.intake import lodge
from complaints.models import Complaint
from complaints.tracking import as_seen_by_citizen
from complaints.triage import Desk, Queue, Wanted
from departments import plans
from departments.districts import Province, alphabetical, by_province
from departments.errors import Invalid
from departments.founding import found_districts
from departments.models import District
from departments.names import Name
from tests import lives
from tests.api import caller
from tests.filing import answered, seal, send, sent
from tests.test_desk_taking_down import typed
from tests.world import World, make_world

FIRST_LINE = "I do not want to say, or I do not know"


@pytest.fixture
def districts(db: None) -> dict[str, District]:
    return found_districts()


@pytest.fixture
def world(districts: dict[str, District]) -> World:
    return make_world("alpha")


# --- which there are ---


def test_every_district_has_a_code_of_its_own_a_known_province_and_both_names() -> None:
    found = plans.districts()
    assert len({district.code for district in found}) == len(found)
    assert {district.province for district in found} == set(Province.values)
    for district in found:
        assert set(district.name) == {"en", "ur"}
        assert district.name["en"].isascii()


def test_there_are_as_many_as_the_provinces_have() -> None:
    counts = {province: sum(each.province == province for each in plans.districts()) for province in Province.values}
    assert counts == {
        "punjab": 41,
        "sindh": 30,
        "khyber-pakhtunkhwa": 36,
        "balochistan": 36,
        "islamabad": 1,
        "gilgit-baltistan": 14,
        "azad-kashmir": 10,
    }


def test_the_letters_of_urdu_stand_in_the_order_of_its_alphabet() -> None:
    for district in plans.districts():
        for letter in district.name["ur"]:
            assert letter == " " or letter == "ٰ" or alphabetical(Name(en=letter)) != letter, letter
    names = ["سوات", "اٹک", "پاکپتن", "بھکر", "ٹانک", "گجرات", "قصور", "اوکاڑہ"]
    expected = ["اٹک", "اوکاڑہ", "بھکر", "پاکپتن", "ٹانک", "سوات", "قصور", "گجرات"]
    assert sorted(names, key=lambda name: alphabetical(Name(en=name))) == expected


def test_they_stand_under_their_provinces_in_the_readers_order() -> None:
    rows = [
        District(code="x", province="nowhere", name=Name(en="X")),
        District(code="swat", province="khyber-pakhtunkhwa", name=Name(en="Swat", ur="سوات")),
        District(code="bhakkar", province="punjab", name=Name(en="Bhakkar", ur="بھکر")),
        District(code="attock", province="punjab", name=Name(en="Attock", ur="اٹک")),
    ]
    groups = [("Punjab", ["attock", "bhakkar"]), ("Khyber Pakhtunkhwa", ["swat"]), ("nowhere", ["x"])]
    assert [(province, [row.code for row in group]) for province, group in by_province(rows)] == groups
    assert by_province([]) == []


def test_the_demo_knows_its_districts() -> None:
    codes = {district.code for district in plans.districts()}
    people = tomllib.loads((_FOLDER / "people.toml").read_text(encoding="utf-8"))
    assert set(people["districts"]) <= codes
    for department in plans.nine_departments():
        assert set(homes(department.code)) <= codes


# --- who keeps them ---


@pytest.mark.django_db
def test_founding_again_leaves_what_an_administrator_changed() -> None:
    assert len(found_districts()) == len(plans.districts())
    District.objects.filter(code="kasur").update(name={"en": "Qasur"})
    District.objects.filter(code="murree").delete()
    District.objects.create(code="jampur", province="punjab", name={"en": "Jampur"})
    again = found_districts()
    assert again["kasur"].name["en"] == "Qasur"
    assert {"murree", "jampur"} <= set(again)


def test_an_administrator_adds_one_and_its_code_stays(districts: dict[str, District], admin_client: Client) -> None:
    add = reverse("admin:departments_district_add")
    typed_in = {"code": "jampur", "province": "punjab", "name_en": "Jampur", "name_ur": "جام پور"}
    wrong = admin_client.post(add, {**typed_in, "province": "nowhere"})
    assert wrong.status_code == 200
    assert admin_client.post(add, typed_in).status_code == 302
    made = District.objects.get(code="jampur")
    assert made.name == {"en": "Jampur", "ur": "جام پور"}
    change = reverse("admin:departments_district_change", args=[made.pk])
    assert admin_client.post(change, {**typed_in, "code": "other", "name_en": "Jam Pur"}).status_code == 302
    made.refresh_from_db()
    assert (made.code, made.name["en"]) == ("jampur", "Jam Pur")


def test_one_from_which_a_query_came_is_not_deleted(world: World, admin_client: Client) -> None:
    kasur = District.objects.get(code="kasur")
    lives.filed(world, district=kasur)
    admin_client.post(reverse("admin:departments_district_delete", args=[kasur.pk]), {"post": "yes"})
    assert District.objects.filter(code="kasur").exists()


def test_the_api_lists_them_for_everybody(districts: dict[str, District]) -> None:
    found = Client().get("/api/districts/").json()
    assert len(found) == len(districts)
    assert {"code": "kasur", "province": "punjab", "name": {"en": "Kasur", "ur": "قصور"}} in found
    assert Client().get("/api/districts/", {"province": "sindh"}).status_code == 400
    assert "/api/districts/" in Client().get("/api/").json()["districts"]


# --- the verb ---


@pytest.mark.parametrize("anonymity", ["named", "hidden", "unknown"])
def test_a_query_keeps_its_district_whoever_asks(world: World, anonymity: str) -> None:
    kasur = District.objects.get(code="kasur")
    complaint = lives.filed(world, district=kasur, anonymity=anonymity)
    complaint.refresh_from_db()
    assert complaint.district == kasur
    assert as_seen_by_citizen(complaint, at=lives.day(1)).district == kasur.name


def test_it_may_be_left_out_and_must_be_one_that_is_kept(world: World) -> None:
    complaint = lives.filed(world)
    assert complaint.district is None
    assert as_seen_by_citizen(complaint, at=lives.day(1)).district is None
    before = lives.rows()
    with pytest.raises(Invalid) as refusal:
        lives.filed(world, district=District(code="atlantis", province="punjab", name={"en": "Atlantis"}))
    assert refusal.value.field == "district"
    assert lives.rows() == before


# --- the citizen's pages ---


def filed_online(browser: Client, world: World, **words: str) -> Complaint:
    check = answered(browser, world)
    send(browser, "complain_words", {"text": "The well is dry.", "place": "", **words})
    check = browser.get(reverse("complain_check"))
    browser.post(reverse("complain_check"), {"seen": seal(check)})
    return Complaint.objects.latest("pk")


def test_a_citizen_names_a_district_checks_it_and_sees_it_again(world: World) -> None:
    browser = Client()
    answered(browser, world)
    check = send(browser, "complain_words", {"text": "The well is dry.", "place": "", "district": "kasur"})
    assert "Kasur" in check.content.decode()
    assert "قصور" in browser.get(reverse("complain_words"), {"lang": "ur"}).content.decode()
    page = browser.get(reverse("complain_words"), {"lang": "en"}).content.decode()
    assert '<optgroup label="Punjab">' in page
    assert '<option value="kasur" selected>Kasur</option>' in page
    assert page.index(FIRST_LINE) < page.index("Attock") < page.index("Badin")
    browser.post(reverse("complain_check"), {"seen": seal(check)})
    complaint = Complaint.objects.get()
    assert complaint.district is not None
    assert complaint.district.code == "kasur"


def test_who_does_not_say_it_is_asked_for_nothing_more(world: World) -> None:
    browser = Client()
    assert filed_online(browser, world, district="").district is None
    assert filed_online(Client(), world).district is None


@pytest.mark.parametrize("nonsense", ["atlantis", "\0", "1", "x" * 5000, "kasur'--", "<script>"])
def test_what_is_no_district_is_sent_back_and_the_rest_is_kept(world: World, nonsense: str) -> None:
    browser = Client()
    answered(browser, world)
    words = {"text": "The well is dry.", "place": "Near the mosque", "district": nonsense}
    page = send(browser, "complain_words", words).content.decode()
    assert '<p id="id_district-error"' in page
    assert "The well is dry." in page
    assert "Near the mosque" in page
    assert not Complaint.objects.exists()


def test_an_error_beside_it_keeps_the_choice(world: World) -> None:
    browser = Client()
    answered(browser, world)
    page = send(browser, "complain_words", {"text": "", "place": "", "district": "okara"}).content.decode()
    assert "Write what it is about." in page
    assert '<option value="okara" selected>' in page
    other = send(browser, "complain_words", {"text": "", "place": "", "district": "kasur"}, go="language:ur")
    assert '<option value="kasur" selected>' in other.content.decode()


def test_a_district_that_is_gone_at_the_end_is_asked_again(world: World) -> None:
    browser = Client()
    answered(browser, world)
    check = send(browser, "complain_words", {"text": "The well is dry.", "place": "", "district": "kasur"})
    District.objects.filter(code="kasur").delete()
    page = browser.post(reverse("complain_check"), {"seen": seal(check)}, follow=True)
    assert page.request["PATH_INFO"] == reverse("complain_words")
    assert not Complaint.objects.exists()


@pytest.mark.django_db
def test_where_none_are_kept_none_is_asked_for(client: Client) -> None:
    world = make_world("alpha")
    browser = Client()
    answered(browser, world)
    assert 'name="district"' not in browser.get(reverse("complain_words")).content.decode()
    client.force_login(world.intake)
    for address in ("/desk/", "/desk/new/"):
        assert 'name="district"' not in client.get(address).content.decode()
    assert sent(browser, world).status_code == 200


def test_the_tracking_page_shows_it_in_the_citizens_language(world: World) -> None:
    browser = Client()
    answered(browser, world)
    check = send(browser, "complain_words", {"text": "Dry.", "place": "Chak 12", "district": "kasur"})
    page = browser.post(reverse("complain_check"), {"seen": seal(check)}, follow=True)
    code = page.context["code"]
    reference = Complaint.objects.get().reference
    for language, name in (("en", "Kasur"), ("ur", "قصور")):
        browser.post(reverse("track"), {"reference": reference, "code": code})
        body = browser.get(reverse("track_case"), {"lang": language}).content.decode()
        assert f"{name}<br><bdi" in body
    seen = Client().post("/api/track/", {"reference": reference, "code": code}, "application/json").json()
    assert (seen["place"], seen["district"]) == ("Chak 12", {"en": "Kasur", "ur": "قصور"})


# --- the desk ---


@pytest.mark.parametrize("channel", ["phone", "counter", "letter"])
def test_an_official_takes_it_down(client: Client, world: World, channel: str) -> None:
    client.force_login(world.intake)
    data = typed(client, world, channel=world.channels[channel].pk)
    wrong = client.post("/desk/new/", {**data, "district": "atlantis"})
    assert wrong.status_code == 400
    assert "Choose a district from the list" in wrong.content.decode()
    kept = client.post("/desk/new/", {**data, "district": "okara", "text": ""}).content.decode()
    assert '<option value="okara" selected>' in kept
    assert client.post("/desk/new/", {**data, "district": "okara"}).status_code == 302
    complaint = Complaint.objects.get()
    assert complaint.district is not None
    assert complaint.district.code == "okara"


@pytest.mark.parametrize("anonymity", ["named", "hidden", "unknown"])
def test_who_handles_it_sees_the_district_of_everybody(client: Client, world: World, anonymity: str) -> None:
    complaint = lives.filed(world, district=District.objects.get(code="kasur"), anonymity=anonymity)
    client.force_login(world.officer)
    assert "Kasur" in client.get(f"/desk/{complaint.reference}/").content.decode()


def test_the_queue_is_narrowed_to_a_district(client: Client, world: World) -> None:
    here = lives.filed(world, district=District.objects.get(code="kasur"))
    lives.filed(world, district=District.objects.get(code="okara"))
    lives.filed(world)
    rows = Desk(world.head, at=lives.day(1)).page(Queue.DEPARTMENT, Wanted(district="kasur")).rows
    assert [row.complaint for row in rows] == [here]
    client.force_login(world.head)
    page = unescape(client.get("/desk/", {"queue": "department", "district": "kasur"}).content.decode())
    assert '<option value="kasur" selected>Kasur</option>' in page
    assert '<optgroup label="Sindh">' in page
    assert page.count("/desk/" + here.reference) == 1
    everything = client.get("/desk/", {"queue": "department", "district": "atlantis\0"}).content.decode()
    assert everything.count('class="govuk-link jawab-reference"') == 3


def test_the_pages_of_the_desk_ask_once_for_all_districts(client: Client, world: World) -> None:
    complaint = lives.filed(world, district=District.objects.get(code="kasur"))
    client.force_login(world.head)

    def cost(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        return len(asked)

    addresses = ("/desk/", f"/desk/{complaint.reference}/")
    many = [cost(address) for address in addresses]
    District.objects.exclude(code="kasur").delete()
    assert [cost(address) for address in addresses] == many


# --- the API ---


def test_a_program_files_reads_and_filters_by_code(world: World) -> None:
    calling = caller(world.intake)
    body: dict[str, Any] = {"channel": world.channels["phone"].pk, "reason": "complaint", "text": "Dry."}
    for district in ("atlantis", "", "\0"):
        refused = calling.post("/api/complaints/", {**body, "district": district}, Idempotency_Key="key-00000001")
        assert (refused.status_code, list(refused.json()["fields"])) == (400, ["district"])
    for number, district in enumerate(({"district": "kasur"}, {"district": None}, {})):
        key = f"key-1000000{number}"
        assert calling.post("/api/complaints/", {**body, **district}, Idempotency_Key=key).status_code == 201
    rows = calling.get("/api/complaints/").json()["results"]
    assert [row["district"] for row in rows] == [None, None, "kasur"]
    found = calling.get("/api/complaints/", district="kasur").json()["results"]
    assert [row["district"] for row in found] == ["kasur"]
    assert calling.get("/api/complaints/", district="atlantis").json()["results"] == []
    assert calling.get(f"/api/complaints/{found[0]['reference']}/").json()["district"] == "kasur"


def test_a_form_of_an_hour_ago_without_the_field_still_files(world: World) -> None:
    """What was typed before this field was there lies in the session without it."""
    at = timezone.now()
    from_then = lodge(lives.Submission(world.channels["web"], "complaint", "Dry."), by=lives.Voice.CITIZEN, at=at)
    assert from_then.complaint.district is None
    assert from_then.complaint.received_at <= at + timedelta(seconds=1)
    with translation.override("ur"):
        assert str(District.objects.get(code="kasur")) == "قصور"
