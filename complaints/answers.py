"""Which letters are a real answer (a *substantive response*, measurement 2.3), and how much of one is its writer's own.

For questions, forms and events a standard text may be the right answer. For complaints, input on projects and
conflicts at least three words in ten must not come from one. Any answer that the citizen contests is none until the
monitor upholds it.
"""

import re
import unicodedata
from datetime import datetime
from itertools import pairwise

from django.db.models import Q

from departments import worktime as clock
from departments.sops import Reason
from departments.worktime import Worktime

# Kinds of letter (LetterKind). To be sent elsewhere is an answer only where the receiving department accepted; here
# that is a transfer, which brings the query there, and so never a letter.
REAL_KINDS = ("substantive", "refusal")

OWN_SHARE_NEEDED = 0.30
NEEDS_OWN_TEXT = (Reason.COMPLAINT, Reason.PROJECT_INPUT, Reason.CONFLICT)
STANDARD_TEXT_WILL_DO = (Reason.QUESTION, Reason.FORM, Reason.EVENT)

# Working days in which a citizen may say that this is not an answer; the day of delivery is day 0.
CONTEST_DAYS = 10

_WORD = re.compile(r"[^\W_]+")
# Marks over letters, and characters without width: with and without them a word is the same to its reader.
_UNSEEN = frozenset({"Mn", "Cf"})


def substantive(at: datetime, path: str = "") -> Q:
    """Letters that are a real answer as of `at` (aware): sent and delivered by then, with enough of their own text,
    and not under a contest made by then, unless it was judged by then and the letter upheld.

    `path` is the lookup prefix to the letter, such as "letters__". That an official answers by name is the verb's
    promise (complaints/drafting.py::send).
    """

    def where(**conditions: object) -> Q:
        return Q(**{path + name: value for name, value in conditions.items()})

    given = where(kind__in=REAL_KINDS, sent_at__lte=at, delivered_at__lte=at)
    own = where(complaint__reason__in=STANDARD_TEXT_WILL_DO) | where(own_share__gte=OWN_SHARE_NEEDED)
    uncontested = where(contest__isnull=True) | where(contest__contested_at__gt=at)
    return given & own & (uncontested | where(contest__judged_at__lte=at, contest__upheld=True))


def contest_until(delivered_at: datetime, worktime: Worktime) -> datetime:
    """Return the last moment (aware UTC) at which an answer delivered at `delivered_at` may be contested."""
    return clock.add_days(worktime, delivered_at, CONTEST_DAYS)


def own_share(text: str, template: str) -> float:
    """Return the share, 0 to 1, of the words of `text` that are not from `template`.

    A word is from the template where it stands beside the same neighbour there (or begins or ends both). So neither
    to repeat paragraphs nor to move them about makes them one's own, and the common words of a language cost nobody
    anything. Case, punctuation, marks and characters without width do not count. Linear in the length of both.
    """
    words = _words(text)
    if not words:
        return 0.0 if _words(template) else 1.0
    pairs = set(_pairs(_words(template)))
    taken = [pair in pairs for pair in _pairs(words)]
    return sum(not (before or after) for before, after in pairwise(taken)) / len(words)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text)
    return _WORD.findall("".join(c for c in plain if unicodedata.category(c) not in _UNSEEN).casefold())


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    """Neighbours, the ends included: the pairs before and after word number n stand at n and n + 1."""
    return list(pairwise(["", *words, ""])) if words else []
