"""The settings of processes that send through tests/fake_provider.py: one kind without and one with a key."""

from config.settings import *  # noqa: F403

MESSAGING_ADAPTERS = {"email": "tests.fake_provider.WithoutKey", "sms": "tests.fake_provider.WithKey"}
# Transport needs only the room below it; the rooms above are not even loaded.
INSTALLED_APPS = ["messaging", "departments", "django.contrib.auth", "django.contrib.contenttypes"]
