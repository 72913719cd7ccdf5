"""How dates and moments are written in English: 3 March 2026, and 3 March 2026, 14:05."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
