"""Which provinces and territories there are, and in which order their districts are shown."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from departments.names import Name


class Province(models.TextChoices):
    """The provinces by population, then the capital and the territories."""

    PUNJAB = "punjab", _("Punjab")
    SINDH = "sindh", _("Sindh")
    KHYBER_PAKHTUNKHWA = "khyber-pakhtunkhwa", _("Khyber Pakhtunkhwa")
    BALOCHISTAN = "balochistan", _("Balochistan")
    ISLAMABAD = "islamabad", _("Islamabad Capital Territory")
    GILGIT_BALTISTAN = "gilgit-baltistan", _("Gilgit-Baltistan")
    AZAD_KASHMIR = "azad-kashmir", _("Azad Jammu and Kashmir")


class InProvince(Protocol):
    """A district, as far as the order needs to know it."""

    province: str
    name: Name


District = TypeVar("District", bound=InProvince)

# Unicode puts the letters that Urdu has beyond Arabic behind all others; a reader looks for پ after ب.
_URDU = "آابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوؤہھءئیے"
_PLACES = {letter: chr(place) for place, letter in enumerate(_URDU, start=0x600)}


def alphabetical(name: Name) -> str:
    """Return what to sort a name by, in the active language."""
    return "".join(_PLACES.get(letter, letter) for letter in str(name)).casefold()


def by_province(districts: Iterable[District]) -> list[tuple[str, list[District]]]:
    """Return the districts under the names of their provinces, both in the order in which a reader looks for them. A
    province that is not known here stands last, by its code."""
    groups: dict[str, list[District]] = defaultdict(list)
    for district in districts:
        groups[district.province].append(district)
    known = [str(province) for province in Province if province in groups]
    labels = {code: str(Province(code).label) for code in known} | {
        code: code for code in sorted(groups) if code not in known
    }
    return [(label, sorted(groups[code], key=lambda each: alphabetical(each.name))) for code, label in labels.items()]
