"""What text is taken from people: cleaned of what no database or screen can hold, bounded, never silently cut."""

import unicodedata

from django.utils.translation import gettext as _

from departments.errors import Invalid

# Longer than any letter seen; beyond it a file is the right form.
LONGEST_TEXT = 20_000
LONGEST_LINE = 500

# Unicode's categories of what breaks a line or controls a machine, and its marks that turn the direction of reading.
_BREAKING = frozenset({"Cc", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Control characters other than line breaks and tabs: PostgreSQL refuses NUL, terminals obey some of the others.
_UNWANTED = {code: None for code in range(32) if code not in (9, 10)} | {127: None}


def cleaned(text: str) -> str:
    """Return `text` with line ends made uniform, control characters and lone surrogates dropped, ends trimmed."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNWANTED)
    return plain.encode("utf-8", "ignore").decode("utf-8").strip()


def required(text: object, *, what: str, field: str = "text", longest: int = LONGEST_TEXT) -> str:
    """Return the cleaned text; raise Invalid when it is no text, empty or too long. The sentence names it by `what`,
    the refusal's `field` is the name of the verb's own input."""
    plain = optional(text, what=what, field=field, longest=longest)
    # Zero-width characters alone are nothing to read.
    if not any(c.isprintable() and not c.isspace() for c in plain):
        raise Invalid(_("Write %(what)s; it is empty.") % {"what": what}, field=field)
    return plain


def one_line(text: object, *, what: str, field: str = "text", longest: int = LONGEST_LINE) -> str:
    """Return the cleaned text; raise Invalid too where it has line breaks, which could begin another header, or marks
    that turn the direction of reading, which make one address look like another."""
    plain = required(text, what=what, field=field, longest=longest)
    if any(unicodedata.category(c) in _BREAKING or c in _TURNING for c in plain):
        raise Invalid(_("Write %(what)s in one line, without hidden characters.") % {"what": what}, field=field)
    return plain


def optional(text: object, *, what: str, field: str = "text", longest: int = LONGEST_LINE) -> str:
    """Return the cleaned text, which may be empty; raise Invalid when it is no text or too long."""
    if not isinstance(text, str):
        raise Invalid(_("Give %(what)s as text.") % {"what": what}, field=field)
    plain = cleaned(text)
    if len(plain) > longest:
        raise Invalid(
            _("Shorten %(what)s: it has %(count)s characters, %(longest)s are allowed.")
            % {"what": what, "count": f"{len(plain):,}", "longest": f"{longest:,}"},
            field=field,
        )
    return plain
