"""How moments are written in Urdu: with its own comma."""

DATETIME_FORMAT = "j F Y، H:i"
