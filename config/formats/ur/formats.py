"""How dates and moments are written in Urdu: as in English, with its own comma."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y، H:i"
