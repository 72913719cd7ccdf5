"""Where invented queries come from: a spot in a district, mostly in one with which the department has much to do."""

from collections.abc import Mapping
from functools import cache
from random import Random
from typing import NamedTuple

from complaints.demo import words
from departments import plans
from departments.names import Name

# The others come from anywhere in Punjab.
_AT_HOME = 0.6


class Spot(NamedTuple):
    """A district by its code, and the place in the citizen's words."""

    district: str
    words: str


@cache
def _names() -> Mapping[str, Name]:
    return {district.code: district.name for district in plans.districts()}


def spot(rng: Random, aside: Random, department: str, language: str) -> Spot:
    """Return a spot from which a query for the department (its code) comes; districts are real, the spots are not.

    `rng` draws the same whatever the department (complaints/demo/lives.py says why there is an `aside`).
    """
    template, district, number = words.spot(rng, language)
    if aside.random() < _AT_HOME:
        district = aside.choice(words.homes(department))
    return Spot(district, template.format(n=number, district=_names()[district].in_language(language)))
