"""A request needs the database and nothing else: Redis frozen, empty or gone changes nothing (checklist Keep-3)."""

import ast
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from complaints.actors import Voice
from complaints.intake import Reachable, Submission, lodge
from messaging.models import Outgoing
from messaging.states import State
from tests.world import make_world

ROOMS = ("departments", "messaging", "complaints", "engagement", "config")
PUBLISHING = {"delay", "apply_async", "send_task"}


def _calls(tree: ast.AST) -> set[str]:
    return {n.func.attr for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)}


def test_no_code_of_ours_publishes_to_the_broker() -> None:
    files = [file for room in ROOMS for file in Path(settings.BASE_DIR, room).rglob("*.py")]
    assert len(files) > 50
    publishing = [str(file) for file in files if _calls(ast.parse(file.read_text())) & PUBLISHING]
    assert publishing == []


@pytest.mark.django_db
def test_a_complaint_is_filed_while_no_connection_can_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world()

    def refused(*_args: Any) -> None:
        raise AssertionError("a connection was opened while filing")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    submission = Submission(
        channel=world.channels["web"],
        reason="question",
        text="When does the office open?",
        reach=Reachable("email", "someone@citizens.example"),
    )
    filed = lodge(submission, by=Voice.CITIZEN, at=datetime(2026, 3, 2, 5, tzinfo=UTC))
    assert filed.new
    assert Outgoing.objects.get().state == State.PENDING
