"""How text that people wrote is drawn: nothing in it obeyed, numbers and addresses read left to right."""

import re

from django import template
from django.utils.html import format_html, format_html_join

register = template.Library()

# References, codes, web and e-mail addresses, telephone numbers: inside Urdu their parts would change places. Each
# repetition is bounded, so that a long text without any of them costs little.
_LEFT_TO_RIGHT = re.compile(
    r"https?://[^\s<>]{1,300}"
    r"|[\w.+-]{1,64}@[\w.-]{1,255}"
    r"|(?<![\w-])[A-Z0-9]{3,5}(?:-[A-Z0-9]{3,5}){1,3}(?![\w-])"
    r"|\+?\d[\d ()-]{5,20}\d"
)


@register.filter
def as_written(text: str) -> str:
    """Return `text` escaped, with each number or address in a <bdi> of its own; `jawab-words` keeps its lines."""
    parts: list[tuple[str]] = []
    end = 0
    for found in _LEFT_TO_RIGHT.finditer(text):
        parts += [(text[end : found.start()],), (_isolated(found[0]),)]
        end = found.end()
    return format_html_join("", "{}", [*parts, (text[end:],)])


def _isolated(word: str) -> str:
    if "/" in word or "@" in word:  # may be longer than a line
        return format_html('<bdi dir="ltr" class="jawab-long">{}</bdi>', word)
    return format_html('<bdi dir="ltr">{}</bdi>', word)
