"""`manage.py import_requests` from end to end: lives, departments, repetition, and rejects."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from complaints.actors import Voice
from complaints.correspondence import citizen_writes
from complaints.deadlines import Standing, owed, standing
from complaints.importing import lives
from complaints.models import Closure, Complaint, Duty, Letter, StageEntry
from complaints.models.letters import LetterKind
from complaints.outcomes import Outcome
from complaints.stages import Position, position_of
from complaints.sweep import sweep
from complaints.trail import broken_links
from departments.channels import ChannelKind
from departments.errors import Refused
from departments.models import Calendar, Category, Channel, Department, SopVersion, User
from departments.sops import Reason, Unit
from tests.import_rows import row, write
from tests.import_runs import AT, imported, rejects, snapshot, trouble
from tests.world import make_world

pytestmark = pytest.mark.django_db
EASTERN = ZoneInfo("America/New_York")


def only() -> Complaint:
    return Complaint.objects.select_related("department", "channel", "category", "taken_by").get()


def standings(at: datetime) -> dict[str | None, str]:
    """How the duties stand at `at`, by the tokens of their requests."""
    duties = Duty.objects.filter(owed(at)).annotate(standing=standing(at))
    return {
        name_of(token): standing for token, standing in duties.values_list("complaint__idempotency_key", "standing")
    }


def name_of(token: str | None) -> str:
    """Return what a sealed token is called; nobody can guess what follows the name."""
    return str(token).rpartition(":")[0]


def position(complaint: Complaint) -> Position:
    entry = StageEntry.objects.filter(complaint=complaint, left_at__isnull=True).first()
    return position_of(entry.stage if entry else None, concluded=complaint.closures.filter(voided_at=None).exists())


class TestLives:
    def test_a_closed_request(self, tmp_path: Path) -> None:
        imported(write(tmp_path / "b.csv.gz", "baltimore", row("baltimore")), "baltimore")
        complaint = only()
        created = datetime(2018, 4, 16, 9, 30, 13, tzinfo=EASTERN)
        closed = datetime(2018, 4, 20, 10, 25, 33, tzinfo=EASTERN)
        assert name_of(complaint.idempotency_key) == "import:baltimore:18-00000001"
        assert complaint.department.code == "baltimore-solid-waste"
        assert (complaint.received_at, complaint.recorded_at, complaint.moved_at) == (created, created, closed)
        assert complaint.text == "SW-Dirty Alley"
        assert complaint.place == "12 S STOCKTON ST, Hollins Market"
        assert complaint.anonymity == Complaint.Anonymity.UNKNOWN
        assert complaint.taken_by is not None
        assert complaint.taken_by.username == "baltimore-solid-waste.desk"
        assert position(complaint) == Position.CONCLUDED
        told = ["received", "drafted", "answered", "delivered", "concluded"]
        assert [event.kind for event in complaint.events.all()] == told
        assert [event.recorded_at for event in complaint.events.all()] == [created, *[closed] * 4]
        duty = Duty.objects.get()
        assert (duty.code, duty.limit) == ("R6", None)
        assert standings(closed) == {"import:baltimore:18-00000001": Standing.MET}
        assert duty.due_at == duty.promised_at == datetime(2018, 4, 23, 9, 30, 13, tzinfo=EASTERN)
        answer = complaint.letters.get(kind=LetterKind.SUBSTANTIVE)
        assert "gives no text" in answer.text
        assert Closure.objects.get().outcome == Outcome.ANSWERED
        assert list(broken_links()) == []

    def test_an_open_request_and_its_closing_in_a_newer_file(self, tmp_path: Path) -> None:
        first = write(tmp_path / "old.csv", "baltimore", row("baltimore", SRStatus="Open", CloseDate=""))
        assert "1  imported, open" in imported(first, "baltimore", at="2018-04-17T12:00+00:00")
        assert position(only()) == Position.CONTENT
        second = write(tmp_path / "new.csv", "baltimore", row("baltimore"))
        assert "1  known as open, now closed" in imported(second, "baltimore")
        assert position(only()) == Position.CONCLUDED
        assert Duty.objects.get().ended_at == datetime(2018, 4, 20, 10, 25, 33, tzinfo=EASTERN)
        before = snapshot()
        assert "1  known, unchanged" in imported(second, "baltimore")
        assert "1  known, unchanged" in imported(first, "baltimore")
        assert snapshot() == before

    def test_a_closing_learnt_after_the_flag_does_not_rewrite_the_trail(self, tmp_path: Path) -> None:
        imported(write(tmp_path / "old.csv", "boston", row("boston", CLOSED_DT="", CASE_STATUS="Open")), "boston")
        flagged = datetime(2024, 6, 1, tzinfo=UTC)
        assert sweep(at=flagged).overdue == 1
        report = imported(write(tmp_path / "new.csv", "boston", row("boston")), "boston")
        assert "closing was learnt only after later events" in report
        assert Closure.objects.get().concluded_at == datetime.fromisoformat(AT)
        # Closed in time as we know now; overdue as far as anybody could know before.
        assert set(standings(datetime.fromisoformat(AT)).values()) == {Standing.MET}
        assert set(standings(flagged).values()) == {Standing.OVERDUE}
        answer = Letter.objects.get(kind=LetterKind.SUBSTANTIVE)
        assert answer.text.startswith("Boston closed this request on 2022-01-18 at 15:08 (local time)")
        assert list(broken_links()) == []

    def test_what_was_reopened_here_is_not_closed_by_a_file(self, tmp_path: Path) -> None:
        path = write(tmp_path / "n.csv", "nyc", row("nyc"))
        imported(path, "nyc")
        closure = Closure.objects.get()
        Closure.objects.filter(pk=closure.pk).update(voided_at=closure.concluded_at, void_reason="Nothing was done.")
        assert "1  known, unchanged" in imported(path, "nyc")
        assert Closure.objects.get().voided_at is not None

    def test_a_citizen_who_wrote_meanwhile_is_no_obstacle(self, tmp_path: Path) -> None:
        imported(write(tmp_path / "old.csv", "nyc", row("nyc", Closed_Date="", Status="Open")), "nyc")
        citizen_writes(only(), by=Voice.CITIZEN, at=only().moved_at + timedelta(hours=1), text="Still noisy.")
        imported(write(tmp_path / "new.csv", "nyc", row("nyc")), "nyc")
        assert position(only()) == Position.CONCLUDED

    def test_a_new_agency_does_not_take_the_request_from_the_old(self, tmp_path: Path) -> None:
        imported(write(tmp_path / "old.csv", "nyc", row("nyc", Closed_Date="", Status="Open")), "nyc")
        imported(write(tmp_path / "new.csv", "nyc", row("nyc", Agency="DEP")), "nyc")
        closed_by = Closure.objects.get().concluded_by
        assert closed_by is not None
        assert closed_by.username == "nyc-nypd.desk"

    def test_what_a_department_of_ours_took_over_is_not_closed_by_a_desk(self, tmp_path: Path) -> None:
        imported(write(tmp_path / "old.csv", "nyc", row("nyc", Closed_Date="", Status="Open")), "nyc")
        world = make_world()
        Complaint.objects.update(department=world.department, section=world.section)
        report = imported(write(tmp_path / "new.csv", "nyc", row("nyc")), "nyc")
        assert "1    refused by the rules" in report
        assert "Your posts do not allow" in rejects(tmp_path / "new.rejects.csv")[0][-1]

    def test_a_refusal(self, tmp_path: Path) -> None:
        reason = "Case Closed. Closed date : 2022-01-18 15:08:24.983 Case Invalid no dumpster in area"
        imported(write(tmp_path / "b.csv", "boston", row("boston", CLOSURE_REASON=reason)), "boston")
        closure = Closure.objects.get()
        assert (closure.outcome, closure.statement) == (Outcome.REFUSED, reason)
        assert Letter.objects.filter(kind=LetterKind.REFUSAL).exists()

    def test_late_and_open_and_without_date(self, tmp_path: Path) -> None:
        rows = [
            row("nyc", Unique_Key="late", Due_Date="10/21/18 2:07"),
            row("nyc", Unique_Key="on time", Due_Date="10/21/18 2:08"),
            row("nyc", Unique_Key="open", Closed_Date="", Status="Open"),
            row("nyc", Unique_Key="no date", Due_Date=""),
        ]
        imported(write(tmp_path / "n.csv", "nyc", *rows), "nyc")
        found = standings(datetime(2018, 10, 22, tzinfo=UTC))
        assert found == {
            "import:nyc:late": Standing.LATE,
            "import:nyc:on time": Standing.MET,
            "import:nyc:open": Standing.OVERDUE,
        }

    def test_times_in_an_hour_that_comes_twice_and_one_that_is_leapt_over(self, tmp_path: Path) -> None:
        rows = [
            row("nyc", Unique_Key="autumn", Created_Date="11/4/18 1:30", Closed_Date="11/4/18 1:45", Due_Date=""),
            row("nyc", Unique_Key="spring", Created_Date="3/11/18 2:30", Closed_Date="3/11/18 3:00", Due_Date=""),
        ]
        assert "2  imported, closed" in imported(write(tmp_path / "n.csv", "nyc", *rows), "nyc")


class TestDepartments:
    def test_founded_with_what_the_source_says_and_nothing_else(self, tmp_path: Path) -> None:
        rows = [
            row("baltimore"),
            row("baltimore", SRRecordID="2", SRType="SW-Free", DueDate="", MethodReceived="API"),
            row("baltimore", SRRecordID="3", MethodReceived="Internal"),
        ]
        imported(write(tmp_path / "b.csv", "baltimore", *rows), "baltimore")
        department = Department.objects.get(code="baltimore-solid-waste")
        assert str(department) == "Solid Waste (Baltimore)"
        assert department.live_since is not None
        assert department.calendar.zone == "America/New_York"
        limits = Category.objects.filter(department=department).values_list(
            "code", "resolution_limit", "resolution_unit"
        )
        assert set(limits) == {("sw-dirty-alley", 7, Unit.CALENDAR_DAYS), ("sw-free", None, "")}
        channels = {(channel.kind, str(channel.name)) for channel in department.channels.all()}
        assert channels == {
            (ChannelKind.PHONE, "Phone"),
            (ChannelKind.OPEN311, "API"),
            (ChannelKind.COUNTER, "Internal"),
        }
        for reason in Reason:
            version = SopVersion.objects.for_query(department, reason, datetime(2018, 1, 1, tzinfo=UTC))
            assert version is not None
            assert version.deviation_reason.startswith("Imported from Baltimore")
            assert [(step.code, step.limit) for step in version.steps.all()] == [("R6", None)]
            assert [rung.level for rung in version.rungs.all()] == [0]
        people = User.objects.filter(username__startswith="baltimore-")
        assert people.count() == 4
        assert not any(person.has_usable_password() for person in people)
        assert Duty.objects.count() == 2
        assert Complaint.objects.get(category__code="sw-free").taken_by is None

    def test_days_of_a_type_are_taken_back_when_a_newer_file_shows_others(self, tmp_path: Path) -> None:
        imported(write(tmp_path / "1.csv", "baltimore", row("baltimore")), "baltimore")
        newer = row("baltimore", SRRecordID="2", DueDate="")
        imported(write(tmp_path / "2.csv", "baltimore", newer), "baltimore")
        assert (Category.objects.get().resolution_limit, Category.objects.get().resolution_unit) == (None, "")
        assert Duty.objects.count() == 1
        imported(write(tmp_path / "1.csv", "baltimore", row("baltimore")), "baltimore")
        assert Category.objects.get().resolution_limit is None

    def test_names_that_give_the_same_code_or_none(self, tmp_path: Path) -> None:
        long = "Rather long department of everything that there is in a city"
        names = ["Health", "HEALTH", "健康", long]
        rows = [
            row("nyc", Unique_Key=f"{number}-{kind[:9]}-{len(kind)}", Agency=name, Complaint_Type=kind)
            for number, name in enumerate(names)
            for kind in ("Noise - Dog", "Noise, Dog", "犬", "long " * 20)
        ]
        path = write(tmp_path / "n.csv", "nyc", *rows)
        assert "16  imported, closed" in imported(path, "nyc", department_prefix="")
        codes = set(Department.objects.values_list("code", flat=True))
        assert len(codes) == 4
        assert "health" in codes
        assert Category.objects.values("code").distinct().count() == 4
        before = snapshot()
        assert "16  known, unchanged" in imported(path, "nyc", department_prefix="")
        assert snapshot() == before

    def test_a_department_of_ours_is_never_taken_for_theirs(self, tmp_path: Path) -> None:
        make_world("nypd", name={"en": "NYPD (New York City)"})
        path = write(tmp_path / "n.csv", "nyc", row("nyc"))
        assert "another department with the code “nypd”" in trouble(path, "nyc", department_prefix="")

    def test_an_account_of_ours_is_never_taken_for_theirs(self, tmp_path: Path) -> None:
        User.objects.create(username="nyc-nypd.head")
        path = write(tmp_path / "n.csv", "nyc", row("nyc"))
        assert "an account “nyc-nypd.head” already" in trouble(path, "nyc")

    def test_a_desk_that_is_gone_is_named(self, tmp_path: Path) -> None:
        path = write(tmp_path / "n.csv", "nyc", row("nyc"))
        imported(path, "nyc")
        User.objects.filter(username="nyc-nypd.desk").update(username="somebody")
        assert "“nyc-nypd.desk” is gone" in trouble(path, "nyc")

    def test_both_coasts_have_their_own_calendar(self, tmp_path: Path) -> None:
        imported(write(tmp_path / "s.csv", "sf", row("sf")), "sf")
        imported(write(tmp_path / "b.csv", "boston", row("boston")), "boston")
        imported(write(tmp_path / "n.csv", "nyc", row("nyc")), "nyc")
        assert set(Calendar.objects.values_list("zone", flat=True)) == {"America/New_York", "America/Los_Angeles"}
        assert Channel.objects.count() == 3


class TestRejects:
    def test_they_are_kept_with_their_reasons(self, tmp_path: Path) -> None:
        rows = [
            row("sf", unique_key="good"),
            row("sf", unique_key="backwards", closed_date="2016-07-01 00:00:00+00:00", status_notes="=1+1"),
            row("sf", unique_key="good", descriptor="twice"),
            row("sf", unique_key="short")[:-1],
        ]
        report = imported(write(tmp_path / "s.csv.gz", "sf", *rows), "sf")
        assert "4 rows read" in report
        assert "3  rejected" in report
        assert "1    closed before it was created" in report
        bad = rejects(tmp_path / "s.rejects.csv")
        assert [cells[0] for cells in bad] == ["backwards", "good", "short"]
        assert bad[0][-1].startswith("It was closed 12 days")
        assert "'=1+1" in bad[0]
        assert bad[1][-1] == "Row 1 of the file has the same key, good."
        assert Complaint.objects.count() == 1

    def test_one_that_the_rules_refuse_is_undone_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lives, "_close", refuse_the_bad(lives._close))
        rows = [row("nyc", Unique_Key=key) for key in ("1", "bad", "3")]
        report = imported(write(tmp_path / "n.csv", "nyc", *rows), "nyc")
        assert "1    refused by the rules" in report
        assert set(map(name_of, Complaint.objects.values_list("idempotency_key", flat=True))) == {
            "import:nyc:1",
            "import:nyc:3",
        }
        assert StageEntry.objects.filter(left_at__isnull=True).count() == 2

    def test_where_they_go(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
        path = write(tmp_path / "n.csv", "nyc", row("nyc", Unique_Key=""))
        imported(path, "nyc", rejects=tmp_path / "elsewhere.csv")
        assert len(rejects(tmp_path / "elsewhere.csv")) == 1
        assert not (tmp_path / "n.rejects.csv").exists()
        (tmp_path / "var").mkdir()
        monkeypatch.setattr(settings, "VAR_DIR", tmp_path / "var")
        monkeypatch.setattr(os, "access", lambda *_: False)
        assert str(tmp_path / "var" / "n.rejects.csv") in imported(path, "nyc")

    def test_they_never_overwrite_the_file(self, tmp_path: Path) -> None:
        path = write(tmp_path / "n.csv", "nyc", row("nyc"))
        assert "would overwrite" in trouble(path, "nyc", rejects=path)
        assert "cannot be written" in trouble(path, "nyc", rejects=tmp_path / "no" / "where.csv")


def refuse_the_bad(close: object) -> object:
    def closing(complaint: Complaint, *args: object, **more: object) -> None:
        assert callable(close)
        close(complaint, *args, **more)
        if name_of(complaint.idempotency_key) == "import:nyc:bad":
            raise Refused("Not this one.")

    return closing
