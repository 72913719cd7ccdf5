"""When records are said to be under review: the signs of gaming of measurement 5, what each counts, and from where on
it is raised. Part of the method: the same for all departments, and no sign ever changes a number.

A sign says that somebody should look, never that somebody cheated.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from fractions import Fraction
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagement.wilson import wilson

Text = str | Promise

# What the counts below mean by early, quick, late and alike.
MINUTE = timedelta(minutes=1)
INSTANT = timedelta(minutes=2)
BORN_CLOSED = timedelta(minutes=5)
TYPED_LATE = timedelta(hours=1)
LAST_DAY = timedelta(days=1)
REPEATED = timedelta(hours=24)
AFTER_A_CALL = timedelta(days=7)
# Working days.
BEFORE_DUE, LONG_PAUSE, OLD_OFFER, DATED_BACK = 2, 5, 2, 1
# Fewer cases than this say nothing (as for the gates).
FEWEST = 10


class Rule(Enum):
    """How counts raise a sign. Shares are judged by their Wilson interval, so that chance raises none."""

    ABOVE = "above"  # the whole interval of k of n lies above the threshold
    APART = "apart"  # the whole interval of k of n lies above that of the other cases
    DAYS = "days"  # the plain share of days is above the threshold: days of one case are no single observations
    SLOWER = "slower"  # a day brings less than the threshold of what a day of the other cases brings
    ANY = "any"  # one is enough
    NEVER = "never"  # shown beside, judged by no threshold


@dataclass(frozen=True)
class Counts:
    """`k` of `n`; `other` the same of those that it is compared with; `parts` what it is made of: word, k, n."""

    k: int = 0
    n: int = 0
    other: tuple[int, int] = (0, 0)
    parts: tuple[tuple[str, int, int], ...] = ()

    @classmethod
    def read(cls, kept: Mapping[str, Any] | None) -> "Counts":
        """Return what was written as JSON (`as_json`)."""
        if kept is None:
            return cls()
        k_other, n_other = kept.get("other", (0, 0))
        parts = tuple((str(word), int(k), int(n)) for word, k, n in kept.get("parts", ()))
        return cls(kept["k"], kept["n"], (k_other, n_other), parts)

    def as_json(self) -> dict[str, Any]:
        """Return it fit for JSON, without what is empty."""
        found: dict[str, Any] = {"k": self.k, "n": self.n}
        if self.other != (0, 0):
            found["other"] = list(self.other)
        if self.parts:
            found["parts"] = [list(part) for part in self.parts]
        return found


@dataclass(frozen=True)
class Sign:
    """One sign. `row` is that of measurement 5; `counts` says what is counted, k of n; `why` the reason of the
    threshold; `touches` the steps and gates beside whose figures the label stands while it is raised."""

    code: str
    row: int
    title: Text
    counts: Text
    rule: Rule
    threshold: Fraction | None
    why: Text
    touches: tuple[str, ...] = ()
    has_records: bool = True


def is_raised(sign: Sign, counts: Counts) -> bool:
    """Whether these counts put the records under review."""
    if sign.rule is Rule.NEVER:
        return False
    if sign.rule is Rule.ANY:
        return counts.k > 0
    if counts.n < FEWEST:
        return False
    if sign.rule is Rule.APART:
        return counts.other[1] >= FEWEST and wilson(counts.k, counts.n)[0] > wilson(*counts.other)[1]
    threshold = sign.threshold or Fraction(0)
    if sign.rule is Rule.SLOWER:
        (k, n), (other_k, other_n) = (counts.k, counts.n), counts.other
        return other_k >= FEWEST and other_n > 0 and Fraction(k, n) < threshold * Fraction(other_k, other_n)
    if sign.rule is Rule.DAYS:
        return Fraction(counts.k, counts.n) > threshold
    return wilson(counts.k, counts.n)[0] > threshold


def raised(counts: Mapping[str, Counts]) -> list[Sign]:
    """Return the signs that `counts` (by code) raise, in the order of the method."""
    return [sign for sign in SIGNS if sign.code in counts and is_raised(sign, counts[sign.code])]


def touched(signs: Iterable[Sign]) -> list[str]:
    """Return the codes of the steps and gates beside whose figures the label stands."""
    return sorted({code for sign in signs for code in sign.touches})


def _sign(code: str, row: int, texts: Sequence[Text], rule: Rule, threshold: Fraction | None, *touches: str) -> Sign:
    title, counts, why = texts
    return Sign(code, row, title, counts, rule, threshold, why, touches)


_FIFTH, _QUARTER, _HALF, _TENTH, _TWENTIETH = (Fraction(1, n) for n in (5, 4, 2, 10, 20))

SIGNS: tuple[Sign, ...] = (
    _sign("held", 1, (
        _("Closures that did not hold"),
        _("closures that an objection, a failed call-back or the monitor voided, of the closures of the quarter"),
        _("The standard of step R7 is that four in five closures hold."),
    ), Rule.ABOVE, _FIFTH, "R7", "R6"),
    Sign("unsolved", 1,
        _("Closed, and the citizen says not answered"),
        _("citizens who say in the random call-back that the office did not answer, of those called whose case it held "
          "for closed. Who said so is not listed"),
        Rule.ABOVE, _FIFTH,
        _("Four in five closures are to hold; so no more than one in five of those called may say this."),
        ("R7", "R6"), has_records=False),
    _sign("last-day", 1, (
        _("Closed on the last day"),
        _("resolutions in the 24 hours before their date, of the resolutions of the quarter that had a date"),
        _("Spread over twenty working days, one in twenty falls on the last; this is five times as many."),
    ), Rule.ABOVE, _QUARTER, "R6"),
    _sign("canned", 2, (
        _("Replies with little text of their own"),
        _("answers to complaints, project input and conflicts of whose words less than three tenths are not from the "
          "standard text, of all such answers"),
        _("Such a reply is no real answer by the method; a quarter of them is no oversight."),
    ), Rule.ABOVE, _QUARTER, "M1", "H1", "R3"),
    _sign("repeated", 2, (
        _("The same text again within 24 hours"),
        _("answers to complaints, project input and conflicts whose exact text went out in another answer within 24 "
          "hours, of all such answers"),
        _("Cases of these kinds differ; a quarter answered alike means that they were not read one by one."),
    ), Rule.ABOVE, _QUARTER, "M1", "H1", "R3"),
    _sign("contested", 2, (
        _("Contested answers"),
        _("answers of which the citizen said that they are none, of the answers of the quarter"),
        _("Few who could object do; one in ten speaks for many more."),
    ), Rule.ABOVE, _TENTH, "M1", "H1", "R3"),
    _sign("hurried", 2, (
        _("Answers within a minute of each other"),
        _("answers sent within a minute of the one before by the same official, of the answers that an official sent"),
        _("Approved answers may go out one after the other, but a quarter of all at this pace is answering in bulk."),
    ), Rule.ABOVE, _QUARTER, "M1", "H1", "R3"),
    _sign("pause-share", 4, (
        _("Time that waited on the citizen"),
        _("working days of admissible pauses, of all working days from receipt to resolution"),
        _("At most 10 days in 30 can be pauses; half of that on average means that questions are asked as a rule."),
    ), Rule.DAYS, Fraction(1, 6), "R6"),
    _sign("late-pause", 4, (
        _("Questions shortly before the date"),
        _("questions that reached the citizen in the last 2 working days before the date of the resolution, of those "
          "that came before that date"),
        _("Of twenty working days the last two are one in ten; this is more than twice as many."),
    ), Rule.ABOVE, _QUARTER, "R6"),
    _sign("contested-pause", 4, (
        _("Contested pauses"),
        _("pauses that the citizen contested, of the pauses that began in the quarter"),
        _("Few who could object do; one in ten speaks for many more."),
    ), Rule.ABOVE, _TENTH, "R6"),
    _sign("long-pause", 4, (
        _("Pauses of more than 5 working days"),
        _("pauses that lasted, or have lasted so far, more than 5 working days, of the pauses that began in the "
          "quarter"),
        _("How long a pause lasts is the citizen's doing; when most last over a week, the questions were not "
          "understood or were never meant to be answered."),
    ), Rule.ABOVE, _HALF, "R6"),
    _sign("instant", 5, (
        _("Answers within two minutes"),
        _("answers sent within two minutes of the query being recorded, of the answers to queries that the citizen "
          "sent in without an official"),
        _("Nobody reads, finds out, writes and approves in two minutes; one in twenty is a machine at work."),
    ), Rule.ABOVE, _TWENTIETH, "M1", "H1", "R3"),
    _sign("interim", 5, (
        _("Interim notes in the place of answers"),
        _("interim notes, of the interim notes and answers sent"),
        _("More notes that put off than answers means that notes take the place of answers."),
    ), Rule.ABOVE, _HALF, "R5"),
    _sign("onward", 6, (
        _("Passed on again"),
        _("offers of queries that had been offered to a department before, of the offers of the quarter"),
        _("One department in a chain may err; when it is more than one offer in five, queries are sent round."),
    ), Rule.ABOVE, _FIFTH, "R4", "R6"),
    _sign("returned", 6, (
        _("Returned transfers"),
        _("offers that the other department gave back, of the offers that it answered"),
        _("More than one in three given back means that queries are offered without a look at whose they are."),
    ), Rule.ABOVE, Fraction(1, 3), "R4", "R6"),
    _sign("old-offer", 6, (
        _("Transfers of what had lain"),
        _("first offers later than 2 working days after receipt, of the first offers of the quarter"),
        _("Whose a query is can be seen when it is read; two days are what the other department has to answer."),
    ), Rule.ABOVE, _HALF, "R4", "R3"),
    _sign("born-closed", 7, (
        _("Closed within five minutes of being recorded"),
        _("closures within five minutes of the query being recorded, of the closures of the quarter"),
        _("What is recorded when it is already done hides what was not; a tenth is a habit."),
    ), Rule.ABOVE, _TENTH, "M1", "R3", "R6"),
    _sign("typed-late", 7, (
        _("Telephone and counter typed in later"),
        _("queries by telephone or over the counter that were recorded more than an hour after they came, of all such "
          "queries"),
        _("Above half, the median delay is more than an hour: they are written down from memory."),
    ), Rule.ABOVE, _HALF, "M1", "R1", "R3"),
    _sign("staff-logged", 7, (
        _("Written down by officials"),
        _("queries that an official wrote down, of the queries received"),
        _("A department that is reached by telephone has many; the share is shown beside its rates, not judged."),
    ), Rule.NEVER, None),
    _sign("dated-back", 8, (
        _("Dated back"),
        _("queries that an official recorded more than one working day after the day on which they are said to have "
          "come, of the queries that officials wrote down"),
        _("A letter may lie a day; one in ten dated back further moves dates for many."),
    ), Rule.ABOVE, _TENTH, "R1", "R2", "R3"),
    _sign("reclassified", 9, (
        _("Complaints made into lighter kinds"),
        _("complaints, project input and conflicts that were put under a category of questions, forms or events, of "
          "all of them received"),
        _("Citizens choose wrongly now and then; one in ten changed to the office's relief is a pattern."),
    ), Rule.ABOVE, _TENTH, "M1", "R3", "R6"),
    _sign("unasked", 10, (
        _("Who is not asked to judge"),
        _("cases refused, granted in part, or not reached whose citizen was not asked to rate, of all of them; beside "
          "it the same of those granted or answered"),
        _("Chance leaves both shares alike; no share of its own is judged."),
    ), Rule.APART, None, "M3"),
    _sign("instant-rating", 10, (
        _("Rated within a minute of the closure"),
        _("ratings within a minute of the closure, of the ratings of the quarter"),
        _("A citizen has to read first; one in ten this quick comes from inside the office."),
    ), Rule.ABOVE, _TENTH, "M3", "H2"),
    _sign("staff-rating", 10, (
        _("Ratings written down by officials"),
        _("ratings that an official wrote down for the citizen, of the ratings of the quarter"),
        _("Where most ratings pass through officials, it is they who are heard."),
    ), Rule.ABOVE, _HALF, "M3", "H2"),
    Sign("one-official", 10,
        _("Ratings on the cases of one official"),
        _("ratings on cases that the official with the most ratings had concluded, of all ratings; beside it the same "
          "official's share of the closures. No name is kept or exported"),
        Rule.APART, None,
        _("Asked alike, an official has the same share of ratings as of closures."),
        ("M3", "H2"), has_records=False),
    _sign("withdrawn", 11, (
        _("Withdrawn after a call"),
        _("withdrawals within seven days after a call by the office, of the withdrawals of the quarter"),
        _("Some settle what was wrong; above a quarter, somebody must ask whether citizens were talked out of it."),
    ), Rule.ABOVE, _QUARTER, "R3", "R6"),
    Sign("softer", 16,
        _("Procedures made less strict"),
        _("versions that came into force in the quarter and are less strict than the one before, of all that did"),
        Rule.ANY, None,
        _("Every softer target is looked at: it makes figures better without better work."),
        ("R1", "R2", "R3", "R4", "R6"), has_records=False),
    _sign("after-due", 17, (
        _("Slower once the date has passed"),
        _("first answers after the date, of the working days that queries waited beyond it; beside it the same of the "
          "days before the date"),
        _("When a day brings less than half of what it brought before the date, what is late is left lying."),
    ), Rule.SLOWER, _HALF, "R3"),
    _sign("unrated", 20, (
        _("Few of those asked answer"),
        _("closed cases whose citizen was asked to rate and did not, of those asked; by channel"),
        _("Below one answer in five only the bounds are printed (2.5)."),
    ), Rule.ABOVE, Fraction(4, 5), "H2"),
    _sign("beyond-five", 22, (
        _("More than five by one citizen"),
        _("queries beyond the fifth of the same citizen in the quarter, of the queries received"),
        _("They are served and not counted; where they are one in twenty, somebody floods the office or feeds it."),
    ), Rule.ABOVE, _TWENTIETH, "M1"),
)  # fmt: skip

# What measurement 5 asks for and nothing is recorded of yet: row, and what is missing.
NO_RECORDS: tuple[tuple[int, Text], ...] = (
    (3, _("Hidden or deleted comments: comments on what departments publish are not recorded yet.")),
    (7, _("Logged beside an independent count: exchange records and token machines are not read yet.")),
    (9, _("Merged cases and confirmed spam: neither is recorded yet.")),
    (10, _("Ratings from numbers and devices of staff: they are not recorded yet.")),
    (11, _("Blocked citizens: no department can block anybody here.")),
    (21, _("Self-assessments given after the reading: there are none, because they close before it is shown.")),
)

CODES = {sign.code: sign for sign in SIGNS}
