"""How text that people wrote is drawn: nothing in it obeyed, numbers and addresses read left to right."""

import re

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# References, codes, web and e-mail addresses, telephone numbers: inside Urdu their parts would change places. Each
# repetition is bounded, and no part can be read in two ways.
_LEFT_TO_RIGHT = re.compile(
    r"https?://[^\s&<>]{1,300}"
    r"|[\w.+-]{1,64}@[\w.-]{1,255}"
    r"|(?<![\w-])[A-Z0-9]{3,5}(?:-[A-Z0-9]{3,5}){1,3}(?![\w-])"
    r"|\+?\d[\d ()-]{5,20}\d"
)


@register.filter
def as_written(text: str) -> SafeString:
    """Return `text` escaped, with each number or address in a <bdi> of its own; `jawab-words` keeps its lines."""
    escaped = str(conditional_escape(text))
    return mark_safe(_LEFT_TO_RIGHT.sub(_isolated, escaped))  # noqa: S308 - escaped above; what is added holds no text of theirs


def _isolated(found: re.Match[str]) -> str:
    may_wrap = ' class="jawab-long"' if "/" in found[0] or "@" in found[0] else ""
    return f'<bdi dir="ltr"{may_wrap}>{found[0]}</bdi>'
