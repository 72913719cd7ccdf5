"""What every test needs: a database that can be emptied although its trail may not be changed."""

import gc
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import SimpleTestCase, TransactionTestCase, override_settings
from django.utils import translation

from complaints.duties import procedure
from departments.models.calendars import _loaded
from tests.browser import chromium, visit  # noqa: F401
from tests.world import World, make_world

TESTS = Path(__file__).parent
# Files without tests whose assertions should say what they found.
pytest.register_assert_rewrite(*(f"tests.{name}" for name in ("filing", "import_runs", "measures_by_hand", "tracking")))

# These come to rules and verbs through pages, processes or whole files, and being measured would take them twice the
# time. So every branch of a rule or verb needs a test in another file, and one that is not marked `no_cover`, as most
# long histories are for the same reason.
NOT_MEASURED = (
    "access/*",
    "test_*_kill.py",
    "test_api_bad_input.py",
    "test_api_complaints.py",
    "test_browser_*",
    "test_citizen_filing.py",
    "test_citizen_filing_after.py",
    "test_compliance_command.py",
    "test_compliance_lives.py",
    "test_concurrency.py",
    "test_config_*",
    "test_demo*",
    "test_departments_admin.py",
    "test_departments_admin_rules.py",
    "test_desk_life.py",
    "test_desk_taking_down.py",
    "test_import_cities.py",
    "test_level_pages.py",
    "test_pages.py",
    "test_public_and_officials.py",
    "test_review_pages.py",
    "test_second_factor.py",
    "test_signing_in.py",
    "test_worktime_properties.py",
)

# Whoever asks for none of these is kept from every database by pytest-django.
DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="leave out the tests that no database can change, as they were run with another one",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        name = item.path.relative_to(TESTS).as_posix()
        if any(fnmatch(name, pattern) for pattern in NOT_MEASURED):
            item.add_marker(pytest.mark.no_cover)
    if config.getoption("--database-only"):
        config.hook.pytest_deselected(items=[item for item in items if not meets_the_database(item)])
        items[:] = filter(meets_the_database, items)


def pytest_collection_finish() -> None:
    """What is there now stays to the end: Python need not look through it again and again for what to throw away."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def meets_the_database(item: pytest.Item) -> bool:
    """Whether the kind of database may change what the test finds; processes are thought to unless they are marked."""
    if item.get_closest_marker("own_environment") or item.get_closest_marker("one_database"):
        return False
    marked = any(item.get_closest_marker(name) for name in ("django_db", "processes"))
    of_django = issubclass(getattr(item, "cls", None) or object, SimpleTestCase)
    return marked or of_django or not DATABASE.isdisjoint(getattr(item, "fixturenames", DATABASE))


@pytest.fixture(autouse=True, scope="session")
def _flush_past_the_triggers() -> Any:
    """On SQLite Django empties tables by DELETE, which the triggers of the append-only tables refuse (PostgreSQL's
    TRUNCATE passes them). Between tests, and only there, the triggers are taken off and put back."""
    original = TransactionTestCase._fixture_teardown
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", _without_triggers(original))
        yield


@pytest.fixture(autouse=True, scope="session")
def _count_in_memory() -> Any:
    """Counts of guesses live in memory here, so that no test needs a database or Redis for them."""
    with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}):
        yield


@pytest.fixture(autouse=True, scope="session")
def _hash_quickly() -> Any:
    """Half a second for each password is meant for thieves."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _forget_who_guessed(_count_in_memory: Any) -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def _forget_the_last_readers_language() -> None:
    """A page asked for in Urdu leaves it on in its thread, as in a server, where the next request chooses anew."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _forget_what_was_rolled_back() -> None:
    """Procedures in force and revisions of calendars never change, so they are kept in memory; but a test's rollback
    frees their keys for others."""
    procedure.cache_clear()
    _loaded.cache_clear()


@pytest.fixture
def world(db: None) -> World:
    """A department with its people; files of tests that need it otherwise have their own."""
    return make_world("alpha")


@pytest.fixture
def other(world: World) -> World:
    """The department beside it."""
    return make_world("beta")


def _without_triggers(teardown: Callable[[Any], None]) -> Callable[[Any], None]:
    def flush(case: Any) -> None:
        if connection.vendor != "sqlite":
            teardown(case)
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
        try:
            teardown(case)
        finally:
            with connection.cursor() as cursor:
                for _name, sql in triggers:
                    cursor.execute(sql)

    return flush
