"""How the groups of a report are called, and the words that its reports share."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from departments.channels import ChannelKind
from departments.models import Department, District
from departments.sops import Reason
from engagement.charts import Words
from engagement.dashboard.exhibits import Asked
from engagement.dashboard.panels import Reader
from engagement.newcombe import Difference
from engagement.showing import Shown, isolated, number, percent, percents
from engagement.wilson import wilson


def words(name: str, title: str, description: str) -> Words:
    """Return what a picture says of itself, in the way of the reader's language."""
    return Words(name, title, description, get_language_bidi())


def by_name(departments: Iterable[Department]) -> list[Department]:
    """Return the departments in the order of their names: no other order is offered anywhere."""
    return sorted(departments, key=lambda each: str(each.name))


def who(asked: Asked) -> str:
    """Return the name of the one department, or that it is all of them."""
    return str(asked.departments[0].name) if len(asked.departments) == 1 else _("all departments")


def dimension_title(dimension: str) -> str:
    """Return what a dimension is called."""
    return {
        "channel": _("Channel"),
        "reason": _("Reason"),
        "language": _("Language"),
        "district": _("District"),
        "assisted": _("Help in filing"),
    }[dimension]


def names(dimension: str, groups: Iterable[str]) -> Callable[[str], str]:
    """Return what names a group of `dimension`; that of districts takes a query."""
    found: dict[str, str]
    if dimension == "channel":
        found = {kind.value: str(kind.label) for kind in ChannelKind}
    elif dimension == "reason":
        found = {reason.value: str(reason.label) for reason in Reason}
    elif dimension == "language":
        found = {code: str(_(name)) for code, name in settings.LANGUAGES}
    elif dimension == "assisted":
        found = {"alone": _("Wrote themselves"), "assisted": _("An official wrote it down")}
    else:
        found = {each.code: str(each.name) for each in District.objects.filter(code__in=list(groups))}
        found[""] = _("Not told")
    return lambda group: found.get(group, group)


def answered_of(successes: int, trials: int, asked: Asked, quarter: str) -> str:
    """Write the sentence of measurement 2.10: of so many people so many got a real answer within the horizon."""
    shown = asked.reader.share(successes, trials)
    places = {"n": isolated(shown.n), "department": who(asked), "quarter": isolated(quarter)}
    if not shown.has_rate or trials < asked.reader.judged_from:
        return _("{n} people wrote to {department} in {quarter}: too few for a rate.").format(**places)
    if not shown.exact:
        return _(
            "Of {n} people who wrote to {department} in {quarter}, {share} got a real answer within 10 working days."
        ).format(share=isolated(shown.share), **places)
    low, high = wilson(successes, trials)
    return _(
        "Of {n} people who wrote to {department} in {quarter}, {k} got a real answer within 10 working days "
        "({share}; likely between {low} and {high})."
    ).format(
        k=isolated(shown.on_time),
        share=isolated(shown.share),
        low=isolated(percents(percent(low))),
        high=isolated(percents(percent(high))),
        **places,
    )


def of_cases(share: float, n: int, reader: Reader) -> str:
    """Write a share of `n` cases that is no plain count: in full, or as the bound that may be told."""
    if n < reader.judged_from:
        return ""
    shown = _shown(share, n, reader)
    return percents(percent(share)) if shown.exact else shown.share


def is_exact(share: float, n: int, reader: Reader) -> bool:
    """Whether `of_cases` writes the share in full."""
    return _shown(share, n, reader).exact


def _shown(share: float, n: int, reader: Reader) -> Shown:
    return reader.share(round(share * n), n)


def points(difference: Difference) -> str:
    """Write a difference of two shares in points of a hundred, with its interval."""
    size, low, high = (round(part * 100) for part in (difference.size, difference.lower, difference.upper))
    return isolated(
        _("{size} points ({low} to {high})").format(size=_signed(size), low=_signed(low), high=_signed(high))
    )


def _signed(n: int) -> str:
    return f"\u2066{'+' if n > 0 else '−' if n < 0 else ''}{number(abs(n))}\u2069"
