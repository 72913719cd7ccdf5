"""Who is responsible in each office: read for the pages, and as the page shows it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import translation

from departments.models import (
    Appointment,
    Calendar,
    Category,
    Channel,
    Department,
    Interval,
    Responsibility,
    Section,
    User,
)
from departments.offices import offices
from departments.sops import Stage
from tests.world import make_world

SINCE = datetime(2026, 1, 5, 4, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def found_department(code: str, number: int) -> Department:
    """A live department with all three stages held, each by a section of its own."""
    calendar, _ = Calendar.objects.get_or_create(code="punjab", defaults={"name": {"en": "Punjab"}})
    name = {"en": f"Office {number}", "ur": f"دفتر {number}"}
    department = Department.objects.create(code=code, name=name, calendar=calendar, live_since=SINCE)
    for stage, role in zip(Stage, ("officer", "head", "monitor"), strict=True):
        section_name = {"en": f"{stage} desk", "ur": f"شعبہ {number}"}
        section = Section.objects.create(department=department, code=stage, name=section_name)
        lead = User.objects.create(username=f"{code}-{stage}", first_name="Secret", last_name="Name")
        Appointment.objects.create(user=lead, department=department, section=section, role=role, since=SINCE)
        Responsibility.objects.create(department=department, stage=stage, section=section, lead=lead, since=SINCE)
    return department


@pytest.mark.django_db
class TestWhoIsResponsible:
    def test_names_section_and_post_but_no_person(self, client: Client) -> None:
        found_department("one", 1)
        page = client.get("/offices/").content.decode()
        assert "Office 1" in page
        assert "response desk" in page
        assert "Lead: Head" in page
        assert "Secret" not in page

    def test_says_where_nobody_is_responsible(self, client: Client) -> None:
        found_department("one", 1)
        Responsibility.objects.filter(stage=Stage.CONTENT).delete()
        assert "Nobody at present" in client.get("/offices/").content.decode()

    def test_says_what_it_handles_and_how_to_reach_it(self, client: Client) -> None:
        world = make_world("alpha")
        Category.objects.filter(pk=world.categories["form"].pk).update(is_open=False)
        Channel.objects.filter(pk=world.channels["letter"].pk).update(is_open=False)
        Channel.objects.filter(pk=world.channels["phone"].pk).update(address="042 (123) 456")
        Channel.objects.filter(pk=world.channels["facebook"].pk).update(address="https://social.example/alpha")
        Channel.objects.filter(pk=world.channels["x"].pk).update(address="javascript:alert(1)")
        page = client.get("/offices/").content.decode()
        assert "<li>complaint</li>" in page
        assert "<li>form</li>" not in page
        assert 'href="tel:042123456"' in page
        assert 'href="mailto:email@alpha.example"' in page
        assert 'href="https://social.example/alpha"' in page
        assert "letter@alpha.example" not in page
        assert "open311@alpha.example" not in page, "an address for programs"
        assert 'href="javascript' not in page

    def test_gives_the_office_hours_of_this_week_in_words(self, client: Client) -> None:
        make_world("alpha")
        page = client.get("/offices/").content.decode()
        assert "Monday to Friday" in page
        assert "09:00 – 17:00" in page
        urdu = client.get("/offices/?lang=ur").content.decode()
        assert "پیر تا جمعہ" in urdu or "سوموار تا جمعہ" in urdu

    def test_splits_the_week_where_the_hours_change(self) -> None:
        world = make_world("alpha")
        Interval.objects.filter(weekday=2).delete()
        Interval.objects.filter(weekday=4).update(closes=750)
        Calendar.objects.update(revision=F("revision") + 1)
        with translation.override("en"):
            (office,) = offices(NOW)
        assert office.department == world.department
        assert [(days.first, days.last, days.hours) for days in office.open_days] == [
            ("Monday", "Tuesday", (("09:00", "17:00"),)),
            ("Thursday", "Thursday", (("09:00", "17:00"),)),
            ("Friday", "Friday", (("09:00", "12:30"),)),
        ]

    def test_an_office_without_hours_or_channels_still_shows(self, client: Client) -> None:
        found_department("one", 1)
        page = client.get("/offices/").content.decode()
        assert "Not given yet" in page
        assert "Nothing is listed yet." in page

    @pytest.mark.parametrize("departments", [1, 4])
    def test_asks_the_database_the_same_number_of_times(
        self, client: Client, django_assert_num_queries: Any, departments: int
    ) -> None:
        for number in range(departments):
            make_world(f"d{number}")
        client.get("/offices/")  # reads the calendar once
        with django_assert_num_queries(5):
            client.get("/offices/")

    def test_takes_no_post(self, client: Client) -> None:
        assert client.post("/offices/").status_code == 405


@pytest.mark.django_db
class TestOffices:
    def test_each_stage_in_order_with_the_post_of_the_section(self) -> None:
        department = found_department("one", 1)
        lead = Responsibility.objects.get(department=department, stage=Stage.CONTENT).lead
        Appointment.objects.create(user=lead, department=department, role="administrator", since=SINCE)
        (office,) = offices(NOW)
        assert [(charge.stage, charge.post) for charge in office.charges] == [
            (Stage.CONTENT, "officer"),
            (Stage.RESPONSE, "head"),
            (Stage.MONITORING, "monitor"),
        ]

    def test_a_post_elsewhere_in_the_department_counts_and_one_in_another_does_not(self) -> None:
        department = found_department("one", 1)
        other = found_department("two", 2)
        Appointment.objects.filter(department=department).update(section=None)
        Appointment.objects.filter(department=other).update(department=department)
        first, second = offices(NOW)
        assert first.charges[0].post == "officer"
        assert second.charges[0].post is None

    def test_shows_the_gaps(self) -> None:
        department = found_department("one", 1)
        Responsibility.objects.filter(department=department, stage=Stage.CONTENT).update(lead=None)
        Responsibility.objects.filter(department=department, stage=Stage.RESPONSE).update(until=NOW)
        (office,) = offices(NOW)
        content, response, _monitoring = office.charges
        assert content.section is not None
        assert content.post is None
        assert response.section is None

    def test_one_that_goes_live_later_is_not_there_yet(self) -> None:
        found_department("one", 1)
        assert offices(SINCE)
        assert offices(datetime(2026, 1, 4, tzinfo=UTC)) == []
