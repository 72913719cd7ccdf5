"""One scene for a whole file of tests: built once, asked often, undone at the end."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tests.access.people import NOW, Scene, build_scene


@pytest.fixture(scope="module")
def scene(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Scene]:
    """Both departments at NOW, in a transaction that is rolled back when the file is through."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(timezone, "now", lambda: NOW)
        with transaction.atomic():
            yield build_scene()
            transaction.set_rollback(True)
