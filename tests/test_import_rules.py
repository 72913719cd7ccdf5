"""How the cities' rows are read: their clocks, channels, columns, and what each oddity leads to. No database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.importing.channels import kind_of
from complaints.importing.moments import shifted, straight, wall_clock
from complaints.importing.requests import Oddity, Request, Unusable, request_of
from complaints.importing.sources import SOURCES, WrongColumns, layout_of
from complaints.importing.survey import survey
from complaints.wording import LONGEST_LINE, LONGEST_TEXT
from departments.channels import ChannelKind
from tests.import_rows import GOOD, header, row

EASTERN, PACIFIC = ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def read(source: str, **changes: str) -> Request:
    return request_of(layout_of(SOURCES[source], header(source)), row(source, **changes), at=AT)


def refused(source: str, **changes: str) -> str:
    with pytest.raises(Unusable) as caught:
        read(source, **changes)
    return caught.value.kind


class TestClocks:
    @pytest.mark.parametrize(
        ("printed", "wall"),
        [
            ("04/12/2018 11:11:26 AM", datetime(2018, 4, 12, 11, 11, 26)),
            ("04/12/2018 12:45:47 PM", datetime(2018, 4, 12, 12, 45, 47)),
            ("04/12/2018 12:00:00 AM", datetime(2018, 4, 12)),
            ("1/2/2013 1:05:00 pm", datetime(2013, 1, 2, 13, 5)),
            ("10/21/18 0:00", datetime(2018, 10, 21)),
            ("10/21/2018 14:08", datetime(2018, 10, 21, 14, 8)),
            ("2024-04-16T03:03:15.000", datetime(2024, 4, 16, 3, 3, 15)),
            ("2022-01-17 11:20:00", datetime(2022, 1, 17, 11, 20)),
            ("2016-07-13 15:11:07+00:00", datetime(2016, 7, 13, 15, 11, 7)),
            ("2016-07-13 15:11:07 UTC", datetime(2016, 7, 13, 15, 11, 7)),
        ],
    )
    def test_read(self, printed: str, wall: datetime) -> None:
        assert wall_clock(printed) == wall

    @pytest.mark.parametrize(
        "printed",
        ["yesterday", "2018-10-21", "13/13/2018 1:00", "10/21/18 13:00 PM", "10/21/18 0:00 AM", "2018-02-30 10:00:00",
         "2016-07-13 15:11:07-05:00", "1492-10-12 10:00:00", "9999-12-31 23:59:59", "tomorrow at half past nine"],
    )  # fmt: skip
    def test_what_is_no_time(self, printed: str) -> None:
        with pytest.raises(ValueError):
            wall_clock(printed)

    def test_shifted_as_boston_tells_itself(self) -> None:
        """“Closed date : 2022-01-18 15:08:24” beside CLOSED_DT 10:08:24, and in summer 04:14:40 beside 00:14:40."""
        clock = shifted(EASTERN)
        assert clock(datetime(2022, 1, 18, 10, 8, 24)) == datetime(2022, 1, 18, 15, 8, 24, tzinfo=EASTERN)
        assert clock(datetime(2022, 4, 22, 0, 14, 40)) == datetime(2022, 4, 22, 4, 14, 40, tzinfo=EASTERN)

    def test_shifted_batches_of_baltimore_are_at_midnight(self) -> None:
        clock = shifted(EASTERN)
        assert clock(datetime(2018, 7, 1, 20)) == datetime(2018, 7, 2, tzinfo=EASTERN)
        assert clock(datetime(2018, 1, 1, 19)) == datetime(2018, 1, 2, tzinfo=EASTERN)

    def test_an_hour_that_was_leapt_over_is_the_leap(self) -> None:
        leap = datetime(2018, 3, 11, 7, tzinfo=UTC)
        assert straight(EASTERN)(datetime(2018, 3, 11, 2, 30)) == leap
        assert straight(EASTERN)(datetime(2018, 3, 11, 3)) == leap
        assert straight(EASTERN)(datetime(2018, 11, 4, 1, 30)) == datetime(2018, 11, 4, 5, 30, tzinfo=UTC)

    @given(
        wall=st.one_of(
            st.datetimes(datetime(2008, 1, 1), datetime(2030, 1, 1)),
            st.datetimes(datetime(2018, 3, 10, 20), datetime(2018, 3, 11, 9)),
            st.datetimes(datetime(2018, 11, 3, 20), datetime(2018, 11, 4, 9)),
        ),
        later=st.timedeltas(timedelta(0), timedelta(hours=30)),
        clock=st.sampled_from([straight(EASTERN), straight(PACIFIC), shifted(EASTERN)]),
    )
    def test_the_order_of_printed_times_is_kept(self, wall: datetime, later: timedelta, clock: object) -> None:
        assert callable(clock)
        wall = wall.replace(fold=0)  # as every printed time is read
        assert clock(wall) <= clock(wall + later)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("Phone", "PHONE", "Constituent Call"), ChannelKind.PHONE),
        (("Web", "ONLINE", "MOBILE", "Citizens Connect App", "Self Service"), ChannelKind.WEB),
        (("API", "Mobile/Open311"), ChannelKind.OPEN311),
        (("Email", "E-mail"), ChannelKind.EMAIL),
        (("Twitter",), ChannelKind.X),
        (("Letter", "Fax"), ChannelKind.LETTER),
        (("Internal", "System", "City Worker App", "Employee Generated", "Integrated Agency", "Other Department",
          "Maximo Integration", "Walk In"), ChannelKind.COUNTER),
        (("UNKNOWN", "OTHER", "Other", "not stated"), None),
    ],
)  # fmt: skip
def test_kinds_of_channels(names: tuple[str, ...], kind: ChannelKind | None) -> None:
    assert {name: kind_of(name) for name in names} == dict.fromkeys(names, kind)


class TestColumns:
    @pytest.mark.parametrize("source", GOOD)
    def test_each_city_knows_its_own(self, source: str) -> None:
        assert read(source).key == next(iter(GOOD[source].values()))

    def test_the_form_of_the_interface_and_of_the_spreadsheet_are_one(self) -> None:
        names = [name.lower().replace(" ", "_") for name in header("nyc")]
        layout = layout_of(SOURCES["nyc"], names)
        assert request_of(layout, row("nyc"), at=AT) == read("nyc")

    def test_a_wrong_file_is_named(self) -> None:
        with pytest.raises(WrongColumns) as wrong:
            layout_of(SOURCES["boston"], header("sf"))
        assert "lacks the columns CASE_ENQUIRY_ID, Department" in str(wrong.value)
        assert "--source sf" in str(wrong.value)
        with pytest.raises(WrongColumns, match=r"TYPE\.$"):
            layout_of(SOURCES["boston"], ["a", "b"])

    def test_a_needed_column_that_occurs_twice_is_no_guess(self) -> None:
        with pytest.raises(WrongColumns, match="More than one is called SRType"):
            layout_of(SOURCES["baltimore"], [*header("baltimore"), "srtype"])

    def test_other_columns_may_occur_twice(self) -> None:
        layout = layout_of(SOURCES["boston"], [*header("boston"), "resolution_hours", "resolution_hours", "", ""])
        assert layout.repeated == ("resolution_hours", "")

    def test_columns_that_only_add_may_be_missing(self) -> None:
        kept = [name for name in header("nyc") if name not in ("Descriptor", "City")]
        cells = [GOOD["nyc"][name] for name in kept]
        request = request_of(layout_of(SOURCES["nyc"], kept), cells, at=AT)
        assert (request.text, request.place) == ("Noise - Vehicle", "2760 JEROME AVENUE")


class TestRows:
    def test_baltimore(self) -> None:
        request = read("baltimore")
        assert request.agency == "Solid Waste"
        assert request.subject == request.text == "SW-Dirty Alley"
        assert (request.channel, request.kind) == ("Phone", ChannelKind.PHONE)
        assert request.place == "12 S STOCKTON ST, Hollins Market"
        assert request.created == datetime(2018, 4, 16, 9, 30, 13, tzinfo=EASTERN)
        assert request.closed == datetime(2018, 4, 20, 10, 25, 33, tzinfo=EASTERN)
        assert request.due == datetime(2018, 4, 23, 9, 30, 13, tzinfo=EASTERN)
        assert request.days == 7
        assert request.closing == "Baltimore closed this request (status: Closed). Its record gives no text."
        assert request.oddities == (Oddity.NO_CLOSING_TEXT,)

    def test_boston_joins_what_says_something_new(self) -> None:
        request = read("boston", REASON="Street Light Knock Downs")
        assert request.text == "Street Light Knock Downs\nStreet Light Knockdown\nPublic Works Department"
        assert request.closing.startswith("Case Closed.")
        assert not request.refused

    def test_sf_takes_the_time_as_local(self) -> None:
        assert read("sf").created == datetime(2016, 7, 13, 15, 11, 7, tzinfo=PACIFIC)
        assert read("sf").subject == "Sewer Issues: Odor"
        assert read("sf").due is None

    @pytest.mark.parametrize(
        ("reason", "refused"),
        [
            ("Case Closed. Closed date : 2022-09-12 11:13:13.283 Case Invalid no dumpster in area", True),
            ("Case Closed. Closed date : Wed Sep 07 08:11:46 EDT 2022 Invalid Two calls were placed", True),
            ("Case Closed Case Invalid", True),
            ("Case Closed. Closed date : 2022-09-12 11:13:13.283 Case Resolved the number was Invalid", False),
            ("Invalid", False),
        ],
    )
    def test_only_the_citys_own_word_is_a_refusal(self, reason: str, *, refused: bool) -> None:
        assert read("boston", CLOSURE_REASON=reason).refused is refused

    def test_closing_text_that_says_nothing(self) -> None:
        request = read("nyc", Resolution_Description="N/A", Status="")
        assert request.closing == "New York City closed this request (status: not stated). Its record gives no text."
        assert Oddity.NO_CLOSING_TEXT in request.oddities

    def test_the_closing_date_decides(self) -> None:
        strange = read("nyc", Status="Assigned")
        assert strange.closed is not None
        assert Oddity.CLOSED_BUT_STATUS_OPEN in strange.oddities
        undated = read("nyc", Closed_Date="")
        assert (undated.closed, undated.closing) == (None, "")
        assert Oddity.CLOSED_WITHOUT_DATE in undated.oddities

    def test_open_is_nothing_odd(self) -> None:
        assert read("nyc", Status="Open", Closed_Date="").oddities == ()

    @pytest.mark.parametrize(
        ("status", "oddity"),
        [("Closed (Duplicate)", Oddity.DUPLICATE), ("Closed (Transferred)", Oddity.TRANSFERRED)],
    )
    def test_duplicate_and_transferred_end_like_others(self, status: str, oddity: Oddity) -> None:
        request = read("baltimore", SRStatus=status)
        assert request.closed is not None
        assert oddity in request.oddities
        assert status in request.closing

    def test_closed_before_created(self) -> None:
        kind = refused("sf", closed_date="2016-07-13 15:11:06+00:00")
        assert kind == "closed before it was created"

    def test_closed_at_once(self) -> None:
        assert Oddity.CLOSED_AT_ONCE in read("baltimore", CloseDate=GOOD["baltimore"]["CreatedDate"]).oddities

    def test_over_a_year(self) -> None:
        assert Oddity.OVER_A_YEAR in read("baltimore", CloseDate="04/16/2019 05:30:14 AM").oddities
        assert Oddity.OVER_A_YEAR not in read("baltimore", CloseDate="04/16/2019 05:30:13 AM").oddities

    def test_due_at_once_and_before(self) -> None:
        at_once = read("baltimore", DueDate=GOOD["baltimore"]["CreatedDate"])
        assert Oddity.DUE_AT_ONCE in at_once.oddities
        assert at_once.days == 0
        before = read("baltimore", DueDate="04/15/2018 05:30:13 AM")
        assert Oddity.DUE_BEFORE_CREATED in before.oddities
        assert before.due is not None
        assert before.due < before.created
        assert before.days is None

    def test_days_are_whole_as_printed_also_where_the_clocks_change(self) -> None:
        spring = read("baltimore", CreatedDate="03/09/2018 09:00:00 PM", DueDate="03/12/2018 09:00:00 PM", CloseDate="")
        assert spring.days == 3
        assert read("baltimore", DueDate="04/23/2018 05:30:14 AM").days is None
        assert read("baltimore", DueDate="").days is None

    def test_mojibake_is_repaired_and_accents_stay(self) -> None:
        request = read("nyc", Resolution_Description="the Departmentâ\x80\x99s cafÃ©, Café Ã, â\x80x")
        assert request.closing == "the Department’s café, Café Ã, â\x80x"
        assert Oddity.MOJIBAKE in request.oddities
        assert Oddity.MOJIBAKE not in read("nyc", Resolution_Description="Café Ãé").oddities

    def test_bytes_that_look_encoded_twice_and_are_not(self) -> None:
        assert read("nyc", Resolution_Description="Ã¡© à\x80\x80").closing == "á© à\x80\x80"

    def test_line_breaks_are_kept_in_texts_and_not_in_names(self) -> None:
        request = read("sf", status_notes="one\r\ntwo", agency_name="PUC\nSewer  Ops")
        assert request.closing == "one\ntwo"
        assert request.agency == "PUC Sewer Ops"
        assert Oddity.LINE_BREAK in request.oddities

    def test_a_text_too_long_is_cut_and_says_so(self) -> None:
        request = read("sf", status_notes="x" * 30_000, incident_address="y" * 600, descriptor="z" * 30_000)
        assert Oddity.CUT in request.oddities
        assert request.closing.endswith("x … [cut: the source has 30,000 characters]")
        assert len(request.closing) < LONGEST_TEXT
        assert (len(request.text), len(request.place)) == (LONGEST_TEXT, LONGEST_LINE)

    def test_keys_with_commas(self) -> None:
        assert read("nyc", Unique_Key="40,605,866").key == "40605866"

    def test_a_channel_that_is_not_known_is_an_officials(self) -> None:
        request = read("nyc", Open_Data_Channel_Type="")
        assert (request.channel, request.kind) == ("not stated", ChannelKind.COUNTER)
        assert Oddity.CHANNEL_UNKNOWN in request.oddities

    @pytest.mark.parametrize(
        ("changes", "kind"),
        [
            ({"Unique_Key": " "}, "no key"),
            ({"Unique_Key": "k" * 101}, "a key that is too long"),
            ({"Agency": ""}, "no agency"),
            ({"Agency": "a" * 151}, "no agency"),
            ({"Complaint_Type": "", "Descriptor": "x"}, "no type of request that could name a category"),
            ({"Created_Date": ""}, "no creation date"),
            ({"Created_Date": "soon"}, "a creation date that cannot be read"),
            ({"Closed_Date": "soon"}, "a closing date that cannot be read"),
            ({"Due_Date": "soon"}, "a due date that cannot be read"),
            ({"Created_Date": "1999-12-31 12:00:00"}, "created before 2000"),
            ({"Closed_Date": "2026-12-31 12:00:00"}, "created or closed after the moment of this import"),
        ],
    )
    def test_rows_that_are_not_taken(self, changes: dict[str, str], kind: str) -> None:
        assert refused("nyc", **changes) == kind

    def test_another_number_of_columns(self) -> None:
        layout = layout_of(SOURCES["nyc"], header("nyc"))
        with pytest.raises(Unusable, match="It has 13 columns, not 12"):
            request_of(layout, [*row("nyc"), "more"], at=AT)


class TestSurvey:
    def test_days_belong_to_a_type_only_while_all_its_rows_agree(self) -> None:
        rows = [
            row("baltimore"),
            row("baltimore", DueDate="04/23/2018 05:30:13 AM"),
            row("baltimore", SRType="mixed"),
            row("baltimore", SRType="mixed", DueDate=""),
            row("baltimore", SRType="two", DueDate="04/18/2018 05:30:13 AM"),
            row("baltimore", SRType="two", DueDate="04/19/2018 05:30:13 AM"),
            row("baltimore", SRType="two", DueDate="04/19/2018 05:30:13 AM"),
            row("baltimore", Agency="Nobody", CreatedDate=""),
        ]
        found = survey(layout_of(SOURCES["baltimore"], header("baltimore")), rows, at=AT)
        assert found.rows == 8
        assert found.agencies.keys() == {"Solid Waste"}
        assert found.agencies["Solid Waste"].subjects == {"SW-Dirty Alley": 7, "mixed": None, "two": None}
        assert found.agencies["Solid Waste"].channels == {"Phone": ChannelKind.PHONE}

    def test_no_city_but_baltimore_promises_days_by_type(self) -> None:
        found = survey(layout_of(SOURCES["nyc"], header("nyc")), [row("nyc", Due_Date="10/22/18 0:00")], at=AT)
        assert found.agencies["NYPD"].subjects == {"Noise - Vehicle": None}
