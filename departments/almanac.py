"""Which days are public holidays in Pakistan, as far as they can be known beforehand; from the `holidays` package."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from holidays.countries.pakistan import PK

from departments.names import Name

# How the package marks a date that hangs on the sighting of the moon.
_ESTIMATED = {"en": "(estimated)", "ur": "(اندازاً)"}
_LOCALES = {"en": "en_PK", "ur": "ur_PK"}
_SEPARATORS = {"en": "; ", "ur": "؛ "}


@dataclass(frozen=True)
class PublicHoliday:
    """A date, what is kept on it, and whether the date is only an estimate."""

    date: date
    name: Name
    estimated: bool


def public_holidays(years: Iterable[int]) -> list[PublicHoliday]:
    """Return the holidays of these years by date. A date with a fixed holiday is not estimated, whatever else may
    fall on it."""
    wanted = sorted(set(years))
    known = {language: PK(years=wanted, language=locale) for language, locale in _LOCALES.items()}
    return [
        PublicHoliday(
            day,
            Name({language: _plain(known[language][day], language) for language in _LOCALES}),
            all(_ESTIMATED["en"] in part for part in known["en"].get_list(day)),
        )
        for day in sorted(known["en"])
    ]


def _plain(names: str, language: str) -> str:
    parts = (part.replace(_ESTIMATED[language], "").strip() for part in names.split(";"))
    return _SEPARATORS[language].join(parts)
