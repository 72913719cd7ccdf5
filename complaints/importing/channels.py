"""Which kind of channel a city's way in is, judged by the words of its name."""

import re

from departments.channels import ChannelKind

# The first that fits holds. What officials or machines enter themselves is taken down at the counter, also when they
# do it with an app ("City Worker App").
_WORDS: tuple[tuple[re.Pattern[str], ChannelKind], ...] = tuple(
    (re.compile(words, re.IGNORECASE), kind)
    for words, kind in (
        (r"\b(internal|employee|worker|system|integrat\w+|agency|department|walk.?in|counter)\b", ChannelKind.COUNTER),
        (r"\b(open311|api)\b", ChannelKind.OPEN311),
        (r"\b(twitter|x)\b", ChannelKind.X),
        (r"\be-?mail\b", ChannelKind.EMAIL),
        (r"\b(phone|telephone|call)\b", ChannelKind.PHONE),
        (r"\b(web|online|app|mobile|self.service)\b", ChannelKind.WEB),
        (r"\b(letter|mail|fax)\b", ChannelKind.LETTER),
    )
)


def kind_of(name: str) -> ChannelKind | None:
    """Return the kind of the channel that the city calls `name`; None where the name does not tell."""
    return next((kind for words, kind in _WORDS if words.search(name)), None)
