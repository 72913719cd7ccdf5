"""Claims and records: what the paper says, beside what is counted today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from departments.channels import ChannelKind
from departments.sops import Reason, Stage
from engagement.charts import Words
from engagement.charts.parts import Part, parts
from engagement.dashboard.distributions import Kind, of_departments
from engagement.dashboard.exhibits import Asked, Audience, Exhibit, Opening, Report, Span, Table
from engagement.dashboard.reports import records, survey
from engagement.dashboard.reports.owners import deviating_of, owners_of
from engagement.dashboard.reports.survey import ONLINE, SOCIAL, Ways
from engagement.showing import isolated, number


@dataclass(frozen=True)
class Claim:
    """One claim, and what the records say to it. `share` is a share of `n` cases or departments, for the picture."""

    said: str
    today: str
    likely: str = ""
    n: str = ""
    share: float | None = None
    interval: tuple[float, float] | None = None


def claims(asked: Asked) -> Sequence[Exhibit]:
    """Three tables: who manages, how citizens come, how well it goes. In a fixed number of queries."""
    ways, found = survey.ways_of(asked), records.figures_of(asked)
    moment = min(filter(None, (ways.counted_at, records.moment_of(found))), default=None)
    return [
        _exhibit("managing", _("Who manages, and by which procedure"), list(_managing(asked)), None),
        _exhibit("channels", _("How departments and citizens meet"), list(_channels(asked, ways)), moment),
        _exhibit("level", _("How well it goes"), list(_level(asked, found)), moment),
    ]


def _managing(asked: Asked) -> Iterator[Claim]:
    owners, n = owners_of(asked), len(asked.departments)
    content, name = owners.same(Stage.CONTENT)
    yield _of(_("In hardly any department does one team run all three stages."), owners.one_hand, n)
    yield _of(_("Content creation is mostly with IT: four of nine departments say so."), content, n,
              _("name the same section: {name}").format(name=isolated(name or "–")))  # fmt: skip
    for stage in (Stage.RESPONSE, Stage.MONITORING):
        yield _of(
            _("No two departments name the same section: {stage}.").format(stage=stage.label),
            owners.same(stage)[0], n, _("name the same section"),
        )  # fmt: skip
    yield _of(_("For monitoring many name none."), owners.nameless(Stage.MONITORING), n, _("name none"))
    deviating = deviating_of(asked)
    uniform = sum(not deviating[each.pk] for each in asked.departments)
    yield _of(
        _("There is no uniform mechanism or procedure."), uniform, n, _("keep the uniform procedure for all reasons")
    )


def _channels(asked: Asked, ways: Ways) -> Iterator[Claim]:
    n = ways.n
    social = set[int]().union(*(ways.open[kind] for kind in SOCIAL))
    yield _of(_("More than half of the departments are fully online, one fifth not yet."),
              len(ways.open[ChannelKind.WEB]), n, _("are fully online"))  # fmt: skip
    yield _of(_("All departments use social media, in varied degrees."), len(social), n, _("have an account open"))
    yield _of(
        _("One fifth of the departments use text messages."), len(ways.open[ChannelKind.SMS]), n, _("have it open")
    )
    for said, kinds in (
        (_("Citizens come by telephone first."), [ChannelKind.PHONE]),
        (_("Then in person."), [ChannelKind.COUNTER]),
        (_("Then by social media."), SOCIAL),
        (_("By e-mail and letter last."), [ChannelKind.EMAIL, ChannelKind.LETTER]),
    ):
        yield _kinds(asked, said, ways.spread(kinds).kinds, ways.whole)
    social_ones = ways.spread(SOCIAL)
    yield _kinds(
        asked, _("Facebook is the most preferred platform (among social ones)."),
        ways.spread([ChannelKind.FACEBOOK]).kinds, social_ones.whole, _("of contacts by social media"),
    )  # fmt: skip
    offline = [kind for kind in ChannelKind if kind not in ONLINE]
    yield _kinds(
        asked, _("27.5 percent of the people were online in 2021: the others need ways without the internet."),
        ways.spread(offline).kinds, ways.whole, _("of contacts came without the internet"),
    )  # fmt: skip
    for said, chosen in (
        (_("Citizens come to complain, to ask or to get a form."), (Reason.COMPLAINT, Reason.QUESTION, Reason.FORM)),
        (_("An event is the reason for at most a quarter."), (Reason.EVENT,)),
        (_("Input on a project and the resolution of a conflict are least."), (Reason.PROJECT_INPUT, Reason.CONFLICT)),
    ):
        yield _kinds(asked, said, [ways.reasons[each] for each in chosen if ways.reasons], ways.whole)
    yield Claim(
        _("23 percent use the tools one-way, from the top down."), _("What departments publish is not recorded yet.")
    )


def _level(asked: Asked, found: Sequence[records.Recorded]) -> Iterator[Claim]:
    yield _share(_("Citizens do not know whom to contact to follow their query."),
                 records.acknowledged_together(asked, found),
                 _("of queries were acknowledged in time, with a code and the post that owes the answer"))  # fmt: skip
    yield _share(_("The engagement level is good."), records.answered_together(asked, found),
                 _("of queries got a real answer within 10 working days"))  # fmt: skip
    yield _share(_("Officials allow citizens to judge their work."), records.asked_together(asked, found),
                 _("of concluded cases ended with the question how it went"))  # fmt: skip
    said = survey.claimed_level(asked)
    yield Claim(_("Officials rate their engagement mostly high."), said.sentence, n=said.n)
    k, n = records.passed(found, "answered")
    yield _of(_("Nobody measured the engagement."), k, n, _("are proven to answer at least half"))
    deep = survey.depth(asked)
    if deep is not None:
        yield Claim(_("Engagement is high in more than half of the interactions."), deep.sentence, n=deep.n)


def _of(said: str, k: int, n: int, what: str = "") -> Claim:
    """A count of departments: all of them, so that there is no interval."""
    if not n:
        return Claim(said, _("No department has cases enough to say."))
    today = of_departments(k, n)
    return Claim(said, f"{today} {what}".strip(), "", number(n), k / n)


def _kinds(asked: Asked, said: str, kinds: Sequence[Kind], whole: int | None, what: str = "") -> Claim:
    """The share of some kinds; nothing where one of them may not be told, as the others would tell it."""
    counts = [each.n for each in kinds if each.n is not None]
    if whole is None or len(counts) < len(kinds):
        return Claim(said, _("Too few cases to say."))
    return _among(asked, said, sum(counts), whole, what)


def _among(asked: Asked, said: str, k: int, n: int, what: str = "") -> Claim:
    """A share of contacts or cases, with its interval."""
    return _share(said, records.share_of(asked, k, n), what or _("of contacts"))


def _share(said: str, share: records.Share, of_what: str) -> Claim:
    if not share.said:
        return Claim(said, _("Too few cases to say."), n=share.n)
    today = f"{isolated(share.said)} {of_what}"
    if not share.is_exact:
        return Claim(said, today, n=share.n)
    return Claim(said, today, share.likely, share.n, share.share, share.interval)


def _exhibit(name: str, title: str, found: Sequence[Claim], moment: object) -> Exhibit:
    counted = [each for each in found if each.share is not None]
    sentence = _("Of {n} claims, {k} can be set beside a number from the records today.").format(
        n=isolated(number(len(found))), k=isolated(number(len(counted)))
    )
    bars = [Part(each.said, each.today, each.share, each.interval) for each in found]
    drawn = parts(Words(f"{name}-picture", title, sentence, get_language_bidi()), bars) if counted else None
    return Exhibit(
        name, title, sentence,
        Table(
            (_("The paper says"), _("The records say"), _("Likely between"), _("Cases")),
            tuple((each.said, each.today, each.likely or None, each.n or None) for each in found),
        ),
        _("Shares of departments are of all departments, so that they have no interval. Shares of contacts and cases "
          "have "
          "a Wilson interval at 95 %. The paper asked officials once; the records are of the quarter. For the public, "
          "only the bounds of a share are told where the share would tell a count from 1 to 4 of one department; "
          "departments with fewer than five cases are left out of it."),
        picture=drawn,
        counted_at=moment,  # type: ignore[arg-type]
    )  # fmt: skip


CLAIMS = Report(
    "claims",
    gettext_lazy("Claims and records"),
    gettext_lazy("Each claim of the survey beside the number that the records give today."),
    Audience.EVERYBODY,
    claims,
    Span.ALL,
    opens_on=Opening.FINISHED,
)
