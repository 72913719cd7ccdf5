"""The e-mail adapter against a scripted mail server: what each refusal or cut means, and what the mail carries."""

import smtplib
import socketserver
import threading
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.core import mail

from messaging.adapters import (
    EmailAdapter,
    Parcel,
    PermanentFailure,
    TemporaryFailure,
    Uncertain,
    adapter_for,
    kinds_with_adapter,
    message_id,
)

CLOSE = ""
SILENCE = "silence"
WELL = {
    "connect": "220 mail.example.pk",
    "EHLO": "250 mail.example.pk",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 queued",
    "RSET": "250 ok",
    "QUIT": "221 bye",
}


class _Session(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self):
        if not self._reply("connect"):
            return
        while line := self.rfile.readline():
            verb = line[:4].decode().strip().upper()
            if not self._reply(verb):
                return
            if verb == "DATA" and self.server.replies["DATA"].startswith("354"):
                self._read_mail()
                if not self._reply("."):
                    return

    def _read_mail(self):
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        self.server.mails.append(b"".join(lines))

    def _reply(self, verb):
        reply = self.server.replies[verb]
        if reply == SILENCE:
            time.sleep(0.5)
        if reply in (CLOSE, SILENCE):
            return False
        self.wfile.write(f"{reply}\r\n".encode())
        return True


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.replies: dict[str, str] = dict(WELL)
        self.mails: list[bytes] = []


@pytest.fixture
def server(settings):
    """A mail server that does what `replies` says; `mails` are those whose text it got."""
    running = _Server()
    thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = running.server_address[:2]
    settings.EMAIL_TIMEOUT = 0.2
    settings.EMAIL_HOST_USER = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def parcel(**changes):
    given = {
        "dedup_key": "letter:7",
        "recipient": "amina@example.pk",
        "language": "ur",
        "subject": "آپ کی درخواست",
        "body": "ہم نے جواب دیا ہے۔\n",
    }
    return Parcel(**given | changes)


def deliver(**changes):
    return EmailAdapter().deliver(parcel(**changes))


def test_a_mail_says_that_a_machine_wrote_it_and_keeps_its_id(server, settings):
    settings.PUBLIC_BASE_URL = "https://jawab.example.gov.pk:8443/x"

    receipt = deliver(reply_to="help@law.example.pk")
    deliver()

    first, second = (message_from_bytes(text, policy=policy.default) for text in server.mails)
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["X-Auto-Response-Suppress"] == "All"
    assert first["Content-Language"] == "ur"
    assert first["Message-ID"] == second["Message-ID"] == receipt.provider_ref == message_id("letter:7")
    assert first["Message-ID"].endswith("@jawab.example.gov.pk>")
    assert "letter" not in first["Message-ID"]
    assert (first["To"], first["Subject"]) == ("amina@example.pk", "آپ کی درخواست")
    assert (first["Reply-To"], second["Reply-To"]) == ("help@law.example.pk", None)
    assert first.get_content().strip() == "ہم نے جواب دیا ہے۔"


def test_each_key_has_an_id_of_its_own(settings):
    assert message_id("a") != message_id("b")


@pytest.mark.parametrize(
    ("verb", "reply", "failure"),
    [
        ("connect", "421 too busy", TemporaryFailure),
        ("connect", "554 go away", TemporaryFailure),
        ("connect", CLOSE, TemporaryFailure),
        ("connect", SILENCE, TemporaryFailure),
        ("MAIL", "451 later", TemporaryFailure),
        ("MAIL", "550 not you", PermanentFailure),
        ("RCPT", "450 greylisted", TemporaryFailure),
        ("RCPT", "550 5.1.1 no such user", PermanentFailure),
        ("DATA", "451 later", TemporaryFailure),
        (".", "452 disk full", TemporaryFailure),
        (".", "554 spam", PermanentFailure),
        (".", CLOSE, Uncertain),
        (".", SILENCE, Uncertain),
    ],
)
def test_what_a_refusal_or_a_cut_means(server, verb, reply, failure):
    server.replies[verb] = reply
    with pytest.raises(failure) as raised:
        deliver()
    if failure is not Uncertain and verb != "connect":
        assert str(raised.value) == reply


@pytest.mark.parametrize("reply", [CLOSE, SILENCE, "500 what"])
def test_a_server_that_is_rude_at_the_farewell_has_the_mail_all_the_same(server, reply):
    server.replies["QUIT"] = reply
    assert deliver().provider_ref == message_id("letter:7")
    assert len(server.mails) == 1


def test_a_server_that_is_away_is_a_matter_of_time(server, settings):
    server.shutdown()
    server.server_close()
    with pytest.raises(TemporaryFailure, match="ConnectionRefusedError"):
        deliver()


def test_a_wrong_password_is_ours_to_mend_while_the_mails_wait(server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "jawab", "wrong"
    server.replies["EHLO"] = "250-mail.example.pk\r\n250 AUTH PLAIN"
    server.replies["AUTH"] = "535 no"
    with pytest.raises(TemporaryFailure):
        deliver()


def test_what_the_server_does_not_support_will_not_work_later(server, monkeypatch):
    def refuse(*_, **__):
        raise smtplib.SMTPNotSupportedError("SMTPUTF8")

    monkeypatch.setattr(smtplib.SMTP, "sendmail", refuse)
    with pytest.raises(PermanentFailure):
        deliver()


@pytest.mark.parametrize("recipient", ["a@example.pk, b@example.pk", "amina", "a@example.pk\nBcc: b@example.pk"])
def test_no_address_or_two_is_refused_before_any_connection(server, recipient):
    with pytest.raises(PermanentFailure):
        deliver(recipient=recipient)
    assert server.mails == []


def test_a_header_that_would_break_is_refused(server):
    with pytest.raises(PermanentFailure):
        deliver(reply_to="help@example.pk\nBcc: b@example.pk")


def test_a_backend_that_does_not_say_that_it_sent_is_not_believed(settings, monkeypatch):
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", lambda *_: 0)
    with pytest.raises(Uncertain):
        deliver()


def test_without_a_mail_server_mails_are_files(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    deliver()
    (written,) = Path(tmp_path).iterdir()
    assert b"Auto-Submitted: auto-generated" in written.read_bytes()


def test_email_is_the_only_kind_a_machine_sends_by_default(settings):
    if hasattr(settings, "MESSAGING_ADAPTERS"):
        del settings.MESSAGING_ADAPTERS
    assert kinds_with_adapter() == {"email"}
    assert adapter_for("phone") is None
    adapter = adapter_for("email")
    assert isinstance(adapter, EmailAdapter)
    adapter.deliver(parcel())
    assert len(mail.outbox) == 1
