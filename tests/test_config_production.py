"""A production start with anything weak must fail, whichever program starts; a good one must pass (real processes)."""

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.core.management.base import SystemCheckError
from django.db import OperationalError

from config import checks
from departments.models import User

ROOT = Path(__file__).resolve().parent.parent


def _key(name: str) -> str:
    """Return what looks as random as a key, and is the same in every process that collects these tests."""
    return base64.urlsafe_b64encode(hashlib.sha512(name.encode()).digest()).decode()[:64]


# What may stand in this run's own environment: its settings, and what the browser tests need to be allowed.
OTHERS = ("JAWAB_", "DATABASE", "REDIS", "CELERY", "DJANGO_")
GOOD = {
    "JAWAB_ENV": "production",
    "JAWAB_SECRET_KEY": _key("secret"),
    "JAWAB_TRACKING_KEY": _key("tracking"),
    "JAWAB_HOSTS": "jawab.gov.pk,www.jawab.gov.pk",
    "JAWAB_PUBLIC_URL": "https://jawab.gov.pk",
    "JAWAB_EMAIL_URL": "smtp+tls://jawab:password@mail.gov.pk:587",
    "DATABASE_URL": "postgres://jawab:password@127.0.0.1:1/jawab",
}
# What is wrong, and the name that the message must tell the operator to set.
BAD = [
    ({"JAWAB_DEBUG": "1"}, "JAWAB_DEBUG"),
    ({"JAWAB_SECRET_KEY": ""}, "JAWAB_SECRET_KEY"),
    ({"JAWAB_SECRET_KEY": "f3K-x9_QpL"}, "JAWAB_SECRET_KEY"),
    ({"JAWAB_SECRET_KEY": "ab" * 40}, "JAWAB_SECRET_KEY"),
    ({"JAWAB_SECRET_KEY": "django-insecure-" + _key("insecure")}, "JAWAB_SECRET_KEY"),
    ({"JAWAB_SECRET_KEY": "make_me_unique!!" * 4}, "JAWAB_SECRET_KEY"),
    ({"JAWAB_TRACKING_KEY": ""}, "JAWAB_TRACKING_KEY"),
    ({"JAWAB_TRACKING_KEY": "f3K-x9_QpL"}, "JAWAB_TRACKING_KEY"),
    ({"JAWAB_TRACKING_KEY": GOOD["JAWAB_SECRET_KEY"]}, "JAWAB_TRACKING_KEY"),
    ({"JAWAB_HOSTS": ""}, "JAWAB_HOSTS"),
    ({"JAWAB_HOSTS": "*"}, "JAWAB_HOSTS"),
    ({"JAWAB_HOSTS": "jawab.gov.pk,.gov.pk"}, "JAWAB_HOSTS"),
    ({"JAWAB_HOSTS": "*.gov.pk"}, "JAWAB_HOSTS"),
    ({"JAWAB_PUBLIC_URL": "http://jawab.gov.pk"}, "JAWAB_PUBLIC_URL"),
    ({"JAWAB_PUBLIC_URL": "https://"}, "JAWAB_PUBLIC_URL"),
    ({"JAWAB_EMAIL_URL": "filemail:///"}, "JAWAB_EMAIL_URL"),
    ({"JAWAB_EMAIL_URL": "consolemail://"}, "JAWAB_EMAIL_URL"),
    ({"JAWAB_DEMO_PASSWORD": "a-demo-password"}, "JAWAB_DEMO_PASSWORD"),
]


def run(tmp_path: Path, changes: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of ours with a good production environment, changed by `changes`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    env = {**clean, **GOOD, "JAWAB_VAR": str(tmp_path / "var"), **changes}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.processes
@pytest.mark.own_environment
class TestProcesses:
    def test_a_good_environment_passes_django_and_us(self, tmp_path: Path) -> None:
        done = run(tmp_path, {}, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
        assert done.returncode == 0, done.stderr
        assert "no issues" in done.stdout

    @pytest.mark.parametrize(("change", "name"), BAD, ids=lambda value: str(value)[:48])
    def test_a_bad_value_is_refused_by_name(self, tmp_path: Path, change: dict[str, str], name: str) -> None:
        done = run(tmp_path, change, "-c", "import config.wsgi")
        assert done.returncode != 0
        assert name in done.stderr
        for key in ("JAWAB_SECRET_KEY", "JAWAB_TRACKING_KEY"):
            value = {**GOOD, **change}[key]
            assert not value or value not in done.stderr

    def test_sqlite_is_only_warned_of(self, tmp_path: Path) -> None:
        file = {"DATABASE_URL": f"sqlite:///{tmp_path / 'one.sqlite3'}"}
        assert run(tmp_path, file, "manage.py", "check").returncode == 0
        strict = run(tmp_path, file, "manage.py", "check", "--fail-level", "WARNING")
        assert strict.returncode != 0
        assert "DATABASE_URL" in strict.stderr

    @pytest.mark.parametrize(
        "command",
        [
            ("-m", "gunicorn", "config.wsgi:application", "--bind", "127.0.0.1:0", "--no-control-socket"),
            ("-m", "celery", "-A", "config", "worker", "-P", "solo"),
            ("-m", "celery", "-A", "config", "beat"),
            ("-c", "import config.wsgi"),
            ("-c", "import config.asgi"),
            ("manage.py", "prepare"),
            ("manage.py", "check"),
        ],
        ids=["gunicorn", "worker", "beat", "wsgi", "asgi", "prepare", "check"],
    )
    def test_no_program_starts(self, tmp_path: Path, command: tuple[str, ...]) -> None:
        done = run(tmp_path, {"JAWAB_HOSTS": "*"}, *command)
        assert done.returncode != 0
        assert "JAWAB_HOSTS" in done.stderr + done.stdout

    def test_elsewhere_nothing_is_demanded(self, tmp_path: Path) -> None:
        local = {"JAWAB_ENV": "local", "JAWAB_HOSTS": "", "JAWAB_SECRET_KEY": "", "JAWAB_TRACKING_KEY": ""}
        assert run(tmp_path, local, "manage.py", "check", "--fail-level", "WARNING").returncode == 0


@pytest.mark.django_db
class TestDemoUsers:
    @pytest.fixture(autouse=True)
    def _production(self, settings: Any) -> None:
        settings.PRODUCTION = True

    @pytest.mark.parametrize(
        "address", ["a@demo.example", "a@jawab.invalid", "a@example.com", "a@x.test", "a@localhost"]
    )
    def test_are_found_by_addresses_that_lead_nowhere(self, address: str) -> None:
        User.objects.create(username="demo", email=address)
        assert [message.is_serious() for message in checks.demo_users_are_gone(databases=["default"])] == [True]

    @pytest.mark.parametrize("address", ["", "amina@agriculture.gov.pk", "amina@myexample.pk", "a@example.gov.pk"])
    def test_real_officials_pass(self, address: str) -> None:
        User.objects.create(username="amina", email=address)
        assert checks.demo_users_are_gone(databases=["default"]) == []

    def test_those_who_cannot_sign_in_pass(self) -> None:
        User.objects.create(username="demo", email="a@demo.example", is_active=False)
        assert checks.demo_users_are_gone(databases=["default"]) == []

    def test_are_not_asked_for_without_a_database_or_outside_production(self, settings: Any) -> None:
        User.objects.create(username="demo", email="a@demo.example")
        assert checks.demo_users_are_gone() == []
        settings.PRODUCTION = False
        assert checks.demo_users_are_gone(databases=["default"]) == []
        assert checks.settings_are_fit() == []

    def test_a_database_that_is_away_does_not_stop_the_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(*args: Any, **kwargs: Any) -> Any:
            raise OperationalError("away")

        monkeypatch.setattr(User.objects, "filter", away)
        assert checks.demo_users_are_gone(databases=["default"]) == []

    def test_stop_the_start(self, settings: Any) -> None:
        User.objects.create(username="demo", email="a@demo.example")
        settings.PUBLIC_BASE_URL = "https://jawab.gov.pk"
        with pytest.raises(SystemCheckError, match="demo"):
            checks.refuse_unfit_start()


def test_links_come_from_the_setting_alone() -> None:
    assert not live_settings.USE_X_FORWARDED_HOST
