"""What invented people say: read from the files in complaints/demo/words, chosen by a seeded random."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

_FOLDER = Path(__file__).parent / "words"
_LANGUAGES = {"en": 0, "ur": 1}

# Country code and area code that no exchange knows, so that no demo number can be dialled.
UNDIALLED = "+92000"
# RFC 6761: nothing sent there reaches anybody.
MAIL_DOMAIN = "mail.example"


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def topic(department: str, category: str, language: str) -> Mapping[str, Sequence[str]]:
    """Return the sentences on a category: `asks`, `answers` and `refusals`, with {place} still to be filled."""
    found: Mapping[str, Sequence[str]] = _read(f"departments/{department}")[category][language]
    return found


def phrase(rng: Random, speaker: str, language: str, name: str) -> str:
    """Return one of the general phrases of "citizen" or "office"; it may be empty where silence is a choice."""
    return str(rng.choice(_read("phrases")[speaker][language][name]))


def desk(rng: Random, name: str) -> str:
    """Return what officials write for each other."""
    return str(rng.choice(_read("phrases")["desk"][name]))


def person(rng: Random, language: str) -> str:
    """Return an invented name."""
    people = _read("people")
    first, family = rng.choice(people["first_names"]), rng.choice(people["family_names"])
    return f"{first[_LANGUAGES[language]]} {family[_LANGUAGES[language]]}"


def spot(rng: Random, language: str) -> tuple[str, str, int]:
    """Return a spot with {n} and {district} to be filled, the code of a district of Punjab, and a number."""
    people = _read("people")
    template, district = rng.choice(people["spots"]), rng.choice(people["districts"])
    return str(template[_LANGUAGES[language]]), str(district), rng.randint(1, 499)


@cache
def homes(department: str) -> Sequence[str]:
    """Return the districts (codes) from which the department hears most, each as often as its share says."""
    shares: Mapping[str, int] = _read("people")["homes"][department]
    return tuple(code for code, share in shares.items() for _ in range(share))


def address(kind: str, number: int, where: str) -> str:
    """Return the address that a citizen leaves for answers of `kind`; `number`, below 10**10, is the citizen's own."""
    if kind == "email":
        return f"citizen{number}@{MAIL_DOMAIN}"
    if kind == "letter":
        return f"House {number % 1000 + 1}, {where}"
    return f"{UNDIALLED}{number:010d}"
