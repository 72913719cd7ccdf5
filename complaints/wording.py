"""What text is taken from people: cleaned of what no database or screen can hold, bounded, never silently cut."""

from departments.errors import Invalid

# Longer than any letter seen; beyond it a file is the right form.
LONGEST_TEXT = 20_000
LONGEST_LINE = 500

# Control characters other than line breaks and tabs: PostgreSQL refuses NUL, terminals obey some of the others.
_UNWANTED = {code: None for code in range(32) if code not in (9, 10)} | {127: None}


def cleaned(text: str) -> str:
    """Return `text` with line ends made uniform, control characters and lone surrogates dropped, ends trimmed."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNWANTED)
    return plain.encode("utf-8", "ignore").decode("utf-8").strip()


def required(text: object, *, what: str, longest: int = LONGEST_TEXT) -> str:
    """Return the cleaned text; raise Invalid (naming `what`) when it is no text, empty or too long."""
    plain = optional(text, what=what, longest=longest)
    if not plain:
        raise Invalid(f"Write {what}; it is empty.", field=what)
    return plain


def optional(text: object, *, what: str, longest: int = LONGEST_LINE) -> str:
    """Return the cleaned text, which may be empty; raise Invalid when it is no text or too long."""
    if not isinstance(text, str):
        raise Invalid(f"Give {what} as text.", field=what)
    plain = cleaned(text)
    if len(plain) > longest:
        raise Invalid(f"Shorten {what}: it has {len(plain):,} characters, {longest:,} are allowed.", field=what)
    return plain
