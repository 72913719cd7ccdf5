"""Calling the API in tests: with a token, as JSON, and what comes back."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from complaints.models import Complaint
from departments.models import User
from departments.tokens import issue


@dataclass
class Caller:
    """A program that calls the API with a token."""

    secret: str
    client: Client

    def get(self, address: str, **query: Any) -> HttpResponse:
        return self.client.get(address, query, headers={"Authorization": f"Bearer {self.secret}"})

    def post(self, address: str, body: Any = None, **headers: str) -> HttpResponse:
        sent = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            address, sent, "application/json", headers={"Authorization": f"Bearer {self.secret}", **headers}
        )

    def move(self, complaint: Complaint, move: str, **body: Any) -> HttpResponse:
        """Make a move on the complaint as it is now."""
        complaint.refresh_from_db(fields=["version"])
        given = {} if move == "verify" else {"version": complaint.version}
        return self.post(f"/api/complaints/{complaint.reference}/moves/{move}/", {**given, **body})


def caller(user: User, scope: str = "write") -> Caller:
    """Return a program that acts as `user`; its errors are answers, not exceptions."""
    at = timezone.now()
    issued = issue(user, name="test", scope=scope, expires_at=at + timedelta(days=1), by=None, at=at)
    return Caller(issued.secret, Client(raise_request_exception=False))
