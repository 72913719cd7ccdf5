"""How moments are written in English: 3 March 2026, 14:05."""

DATETIME_FORMAT = "j F Y, H:i"
