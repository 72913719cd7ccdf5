"""An official who signs in, with a password and with an app that makes codes."""

import json
import time
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from departments.models import User

PASSWORD = "a-long-enough-pass-phrase"
CODE_PAGE = "/accounts/sign-in/code/"
ACCOUNT = "/accounts/second-factor/"
# Well formed, and made by no browser.
MADE_UP = json.dumps(
    {
        "id": "AAAA", "rawId": "AAAA", "type": "public-key",
        "response": {
            "clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "AAAA", "signature": "AAAA",
        },
    }
)  # fmt: skip


def code(secret: str, periods: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + periods))


def sign_in(client: Client, password: str = PASSWORD, username: str = "amina", **more: Any) -> Any:
    return client.post("/accounts/sign-in/", {"username": username, "password": password}, **more)


def with_app(official: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(official, secret)
    return secret
