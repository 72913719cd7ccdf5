"""Records under review: the signs of gaming of a department's quarter, for those who watch over it (measurement 5)."""

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from complaints.outcomes import Outcome
from departments.channels import ChannelKind
from departments.sops import Reason
from engagement import charts
from engagement.charts import ShareBar, Words
from engagement.dashboard.exhibits import Asked, Audience, Cell, Exhibit, Report, Table
from engagement.figures import Counted, counted
from engagement.reviewing import counts_of
from engagement.showing import exactly, isolated, number, percent, percents
from engagement.signs import NO_RECORDS, SIGNS, Counts, Rule, Sign, is_raised, raised
from engagement.wilson import wilson

UNDER_REVIEW = gettext_lazy("Records under review")

_WORDS: Mapping[str, object] = {
    "softer": gettext_lazy("less strict"),
    "stricter": gettext_lazy("stricter"),
    "same": gettext_lazy("as strict"),
    "first": gettext_lazy("the first of its kind"),
    "waiting": gettext_lazy("waiting beyond the date; the longest, in working days"),
    **{reason.value: reason.label for reason in Reason},
    **{outcome.value: outcome.label for outcome in Outcome},
    **{kind.value: kind.label for kind in ChannelKind},
}


def build(asked: Asked) -> Sequence[Exhibit]:
    """Make the page: of one department every sign, of several which are raised where."""
    reviewed = counted("review", asked.departments, asked.quarter, asked.now, asked.at)
    conducted = counted("conduct", asked.departments, asked.quarter, asked.now, asked.at)
    found = [
        (one, counts_of(one.counts, other.counts)) for one, other in zip(reviewed, conducted, strict=True) if one.counts
    ]
    if not found:
        return []
    if len(asked.departments) > 1:
        return [_where(asked, found), _missing()]
    one, counts = found[0]
    links = _Links(asked)
    shown = [_sign_exhibit(sign, counts[sign.code], links) for sign in raised(counts)]
    return [_overview(one, counts, links), *shown, *_distributions(counts), _missing()]


class _Links:
    """Where the records behind a sign are."""

    def __init__(self, asked: Asked) -> None:
        self._code = asked.departments[0].code
        self._query = f"?quarter={asked.quarter}" + (f"&at={asked.at:%Y-%m-%dT%H:%M}" if asked.at else "")

    def to(self, sign: Sign) -> str:
        return reverse("dashboard_review_records", args=[self._code, sign.code]) + self._query


def _where(asked: Asked, found: Sequence[tuple[Counted, Mapping[str, Counts]]]) -> Exhibit:
    signs = {one.department.pk: raised(counts) for one, counts in found}
    flagged = [one for one, _counts in found if signs[one.department.pk]]
    return Exhibit(
        name="where",
        title=str(UNDER_REVIEW),
        sentence=ngettext(
            "In {k} of {n} department a sign is raised.", "In {k} of {n} departments a sign is raised.", len(found)
        ).format(k=isolated(number(len(flagged))), n=isolated(number(len(found)))),
        table=Table(
            (_("Department"), _("Signs raised"), _("Which")),
            tuple(
                (str(one.department.name), len(signs[one.department.pk]),
                 _(", ").join(str(sign.title) for sign in signs[one.department.pk]) or None)
                for one, _counts in found
            ),
        ),
        formula=_formula(),
        more=tuple(
            (reverse("dashboard_report", args=[one.department.code, "review"]) + f"?quarter={asked.quarter}",
             str(one.department.name))
            for one in flagged
        ),
    )  # fmt: skip


def _formula() -> str:
    return _(
        "A sign says that somebody should look, never that somebody cheated. A share raises one when at least 10 cases "
        "were counted and its whole likely range (Wilson, 95 %) lies beyond the threshold. The thresholds belong to "
        "the method and are the same for all departments. No sign changes a number."
    )


def _overview(one: Counted, counts: Mapping[str, Counts], links: _Links) -> Exhibit:
    signs = [sign for sign in SIGNS if sign.code in counts]
    flagged = raised(counts)
    return Exhibit(
        name="signs",
        title=str(UNDER_REVIEW),
        sentence=ngettext(
            "{k} of {n} sign is raised for {department}.", "{k} of {n} signs are raised for {department}.", len(signs)
        ).format(k=isolated(number(len(flagged))), n=isolated(number(len(signs))), department=str(one.department.name)),
        table=Table(
            (_("Sign"), _("Counted"), _("Share"), _("Raised when"), _("Verdict")),
            tuple(_row(sign, counts[sign.code]) for sign in signs),
        ),
        formula=_formula(),
        more=tuple((links.to(sign), str(sign.title)) for sign in signs if sign.has_records and counts[sign.code].k > 0),
    )


def _row(sign: Sign, counts: Counts) -> tuple[Cell, ...]:
    verdict = str(UNDER_REVIEW) if is_raised(sign, counts) else _("Not raised")
    return (str(sign.title), _k_of_n(counts), _share(counts) or None, _raised_when(sign), verdict)


def _k_of_n(counts: Counts) -> str:
    return _("{k} of {n}").format(k=number(counts.k), n=number(counts.n))


def _share(counts: Counts) -> str:
    return exactly(counts.k, counts.n).share if counts.k <= counts.n else ""


def _raised_when(sign: Sign) -> str:
    threshold = percents(percent(float(sign.threshold))) if sign.threshold is not None else ""
    said = {
        Rule.ABOVE: _("the whole likely range lies above {threshold}"),
        Rule.DAYS: _("more than {threshold} of the days"),
        Rule.APART: _("the whole likely range lies above that of the others"),
        Rule.SLOWER: _("a day brings less than {threshold} of what it brought before"),
        Rule.ANY: _("there is one"),
        Rule.NEVER: _("never; it is shown beside the figures"),
    }
    return said[sign.rule].format(threshold=isolated(threshold))


def _sign_exhibit(sign: Sign, counts: Counts, links: _Links) -> Exhibit:
    sentence = _("{label}: {count}.").format(label=UNDER_REVIEW, count=_in_words(sign, counts))
    rows: list[tuple[Cell, ...]] = [(str(sign.title), counts.k, counts.n, _share(counts) or None)]
    if counts.other != (0, 0):
        beside = Counts(*counts.other)
        rows.append((_("The others"), beside.k, beside.n, _share(beside) or None))
    return Exhibit(
        name=sign.code,
        title=str(sign.title),
        sentence=sentence,
        table=Table((_("Counted"), _("So many"), _("Of so many"), _("Share")), tuple(rows)),
        formula=_("Counted: {counts}. Raised when {rule}. {why}").format(
            counts=sign.counts, rule=_raised_when(sign), why=sign.why
        ),
        n=number(counts.n),
        picture=_picture(sign, counts, sentence),
        notes=(str(sign.why),),
        more=((links.to(sign), _("The records behind this sign")),) if sign.has_records else (),
    )


def _in_words(sign: Sign, counts: Counts) -> str:
    share = _share(counts)
    if not share or sign.rule in (Rule.ANY, Rule.SLOWER):
        return isolated(_k_of_n(counts))
    low, high = wilson(counts.k, counts.n)
    if sign.rule is Rule.DAYS:
        return _("{k} of {n} days ({share})").format(
            k=isolated(number(counts.k)), n=isolated(number(counts.n)), share=isolated(share)
        )
    return _("{k} of {n} ({share}; likely between {low} and {high})").format(
        k=isolated(number(counts.k)), n=isolated(number(counts.n)), share=isolated(share),
        low=isolated(percents(percent(low))), high=isolated(percents(percent(high))),
    )  # fmt: skip


def _picture(sign: Sign, counts: Counts, sentence: str) -> SafeString | None:
    if sign.rule is not Rule.ABOVE or sign.threshold is None:
        return None
    threshold = float(sign.threshold)
    said = _("{share}: {k} of {n}").format(
        share=isolated(_share(counts)), k=isolated(number(counts.k)), n=isolated(number(counts.n))
    )
    bar = ShareBar(str(sign.title), said, counts.k / counts.n, wilson(counts.k, counts.n))
    words = Words(f"sign-{sign.code}", str(sign.title), sentence, get_language_bidi())
    return charts.gate(
        words, bar, threshold, _("threshold {share}").format(share=isolated(percents(percent(threshold))))
    )


def _distributions(counts: Mapping[str, Counts]) -> Sequence[Exhibit]:
    rows = tuple(
        (f"{sign.title}: {_word(word)}", k, n)
        for sign in SIGNS if sign.code in counts
        for word, k, n in counts[sign.code].parts
    )  # fmt: skip
    if not rows:
        return []
    return [
        Exhibit(
            name="parts",
            title=_("What the signs are made of"),
            sentence=_("By outcome, channel, direction, number of offers, and working days."),
            table=Table((_("Part"), _("So many"), _("Of so many")), rows),
            formula=_("The same counts as above, apart. Days are working days of the department's calendar."),
        )
    ]


def _word(word: str) -> str:
    was, arrow, became = word.partition(">")
    if arrow and was:
        return _("from {was} to {became}").format(was=_WORDS.get(was, was), became=_WORDS.get(became, became))
    return str(_WORDS.get(word, isolated(word)))


def _missing() -> Exhibit:
    return Exhibit(
        name="missing",
        title=_("What cannot be shown yet"),
        sentence=_("No records yet, and nothing is made up in their place:"),
        table=Table(
            (_("Row of the method"), _("What is missing")), tuple((str(row), str(text)) for row, text in NO_RECORDS)
        ),
        formula=_("The rows are those of section 5 of the method, “How each measure can be gamed”."),
    )


REPORT = Report(
    slug="review",
    title=UNDER_REVIEW,
    lead=gettext_lazy("Which records should somebody look at, because figures could have been made better by them?"),
    audience=Audience.REVIEWERS,
    build=build,
)
