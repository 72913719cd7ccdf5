"""Reading arrivals: crafted mails, records, and the real mails beside the project."""

import csv
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from complaints import readings
from complaints.readings import READABLE, Reading, Unreadable, reading_of
from complaints.references import tracking_code
from departments.channels import ASSISTED
from departments.sops import Reason

CODE = tracking_code("key", "seed")
HUMAN = b"From: Ali Khan <ali@example.pk>\r\nSubject: The well\r\n\r\nIt is dry.\r\n"
REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "email"
FOLDERS = ("sisimai", "froide", "django-helpdesk")


def mail(raw: bytes) -> Reading:
    return reading_of("email", raw, {})


class TestMail:
    def test_sender_name_subject_and_text(self) -> None:
        assert mail(HUMAN) == Reading(
            "The well\n\nIt is dry.", "ali@example.pk", "Ali Khan", "", Reason.COMPLAINT, "en"
        )

    @pytest.mark.parametrize("written", [CODE, CODE.lower(), f"({CODE})", f"code:{CODE}."])
    def test_a_quoted_code_is_found_in_text_and_subject(self, written: str) -> None:
        assert mail(HUMAN + written.encode()).code == CODE
        assert mail(HUMAN.replace(b"The well", f"Re: {written}".encode())).code == CODE

    @pytest.mark.parametrize("written", [f"A{CODE}", f"{CODE}9", CODE.replace("-", ""), CODE[:-1]])
    def test_what_only_looks_like_a_code_is_none(self, written: str) -> None:
        assert mail(HUMAN + written.encode()).code == ""

    @pytest.mark.parametrize(
        "header",
        [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: Auto-Generated; owner-email=x",
            "auto-submitted:auto-notified",
            "Precedence: bulk",
            "Precedence: JUNK",
            "Precedence: list",
            "Precedence: auto_reply",
            "Return-Path: <>",
            "Return-Path:",
        ],
    )
    def test_a_machines_mail_is_neither_filed_nor_answered(self, header: str) -> None:
        with pytest.raises(Unreadable, match="A machine sent it"):
            mail(header.encode() + b"\r\n" + HUMAN)

    @pytest.mark.parametrize("sender", ["MAILER-DAEMON@example.pk", "postmaster@example.pk", "NoReply@example.pk"])
    def test_nor_that_of_a_mailer(self, sender: str) -> None:
        with pytest.raises(Unreadable, match="a mailer"):
            mail(HUMAN.replace(b"ali@example.pk", sender.encode()))

    def test_nor_a_report(self) -> None:
        report = b'Content-Type: multipart/report; boundary="x"\r\n' + HUMAN + b"--x\r\n\r\nfailed\r\n--x--\r\n"
        with pytest.raises(Unreadable, match="delivery report"):
            mail(report)

    @pytest.mark.parametrize(
        "header",
        ["Auto-Submitted: No", "Auto-Submitted: no; x=y", "Precedence: first-class", "Return-Path: <ali@example.pk>"],
    )
    def test_what_says_that_a_human_wrote_it_is_read(self, header: str) -> None:
        assert mail(header.encode() + b"\r\n" + HUMAN).sender == "ali@example.pk"

    def test_the_plain_part_is_preferred_and_html_stays_text(self) -> None:
        parts = (
            b"--x\r\nContent-Type: text/html\r\n\r\n<b>Dry</b>\r\n--x\r\nContent-Type: text/plain\r\n\r\nDry\r\n--x--"
        )
        head = b'From: a@example.pk\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="x"\r\n\r\n'
        assert mail(head + parts).text == "Dry"
        only_html = b"From: a@example.pk\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<b>Dry</b>"
        assert mail(only_html).text == "<b>Dry</b>"

    def test_only_a_picture_is_no_text(self) -> None:
        raw = b"From: a@example.pk\r\nMIME-Version: 1.0\r\nContent-Type: image/png\r\n\r\n\x89PNG"
        assert mail(raw).text == ""

    @pytest.mark.parametrize(
        ("raw", "why"),
        [
            (b"", "names no sender"),
            (b"Subject: x\r\n\r\nHi.", "names no sender"),
            (b"From: nobody\r\n\r\nHi.", "names no sender"),
            (b"From: a@example.pk\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff", "is broken"),
        ],
    )
    def test_what_cannot_be_filed_says_why(self, raw: bytes, why: str) -> None:
        with pytest.raises(Unreadable, match=why):
            mail(raw)

    def test_what_is_no_mail_at_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readings, "message_from_bytes", lambda raw, policy: object())
        with pytest.raises(Unreadable, match="no e-mail"):
            mail(HUMAN)

    def test_a_body_that_is_no_string_is_no_text(self) -> None:
        raw = b"From: a@example.pk\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n" + HUMAN
        assert mail(raw).text.startswith("x")

    def test_urdu_is_heard(self) -> None:
        raw = "From: a@example.pk\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nکنواں خشک ہے۔".encode()
        assert mail(raw).language == "ur"

    @given(st.binary(max_size=400))
    def test_noise_is_read_or_refused(self, noise: bytes) -> None:
        for raw in (noise, b"From: a@example.pk\r\n" + noise, b"Content-Type: multipart/mixed; boundary=" + noise):
            with suppress(Unreadable):
                assert isinstance(mail(raw).text, str)


class TestRecord:
    @pytest.mark.parametrize("kind", ["sms", "web"])
    def test_its_words(self, kind: str) -> None:
        raw = f'{{"text": "Dry. {CODE}", "sender": 923001234567, "name": "Ali"}}'.encode()
        assert reading_of(kind, raw, {}) == Reading("Dry. …", "923001234567", "Ali", CODE)

    def test_a_code_that_is_given_counts_before_one_in_the_text(self) -> None:
        assert reading_of("web", f'{{"text": "{CODE}", "code": "other"}}'.encode(), {}).code == "other"

    @pytest.mark.parametrize("nothing", ["null", "[]", "{}", "1.5"])
    def test_what_says_nothing_is_nothing(self, nothing: str) -> None:
        found = reading_of("web", f'{{"text": "x", "sender": {nothing}, "name": {nothing}}}'.encode(), {})
        assert (found.sender, found.name) == ("", "")

    @pytest.mark.parametrize(
        "raw", [b"", b"x", b"[]", b'"text"', b"{}", b'{"text": null}', b"\xff", b"[" * 90_000, b'{"a":' * 90_000]
    )
    def test_what_is_no_record(self, raw: bytes) -> None:
        with pytest.raises(Unreadable):
            reading_of("sms", raw, {})

    @given(st.binary(max_size=200))
    def test_noise_is_read_or_refused(self, noise: bytes) -> None:
        with suppress(Unreadable):
            assert isinstance(reading_of("web", noise, {}).text, str)


def test_only_what_records_itself_is_read() -> None:
    assert not set(READABLE) & ASSISTED


@pytest.mark.no_cover
@pytest.mark.shared_data
def test_every_real_mail_is_read_or_refused_and_every_machine_is_recognised() -> None:
    if not (REAL / "INDEX.csv").is_file():
        pytest.skip(f"the real mails are not there: {REAL}")
    with (REAL / "INDEX.csv").open(encoding="utf-8", newline="") as file:
        known = {row["path"]: row["kind"] for row in csv.DictReader(file)}
    # An empty X-Autoreply, but a person's answer: the index goes by the header's presence.
    not_a_machine = {"froide/test_mail_05.txt"}
    seen, taken_for_humans = 0, []
    for path in (p for folder in FOLDERS for p in sorted((REAL / folder).rglob("*")) if p.is_file()):
        name = str(path.relative_to(REAL))
        if name not in known:
            continue
        seen += 1
        with suppress(Unreadable):
            mail(path.read_bytes())
            if known[name] in ("bounce/dsn", "auto") and name not in not_a_machine:
                taken_for_humans.append(name)
    assert seen > 700
    assert taken_for_humans == []
