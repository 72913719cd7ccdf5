"""The survey's eight figures (Bajwa, Masood and Nawaz), counted from the records instead of asked of officials.

What each figure of the paper shows is taken from its captions and text; the figures themselves carry no numbers in our
copy, so that only numbers which the text states are quoted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import get_language_bidi, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from departments.channels import ChannelKind
from departments.models import Channel
from departments.sops import Reason
from engagement.charts import Words
from engagement.charts.parts import Part, parts
from engagement.dashboard.distributions import Distribution, Kind, distribution, of_departments, picture, table
from engagement.dashboard.exhibits import Asked, Audience, Exhibit, Opening, Report, Span, Table
from engagement.dashboard.panels import PUBLIC
from engagement.figures import Counted, counted
from engagement.hearing import officials
from engagement.scale import Level
from engagement.showing import isolated, number, percent, percents
from engagement.tallies import FAMILIES
from engagement.ways import together
from engagement.wilson import wilson

# Ways of the internet, and those of them that are a public account. Text messages need none.
ONLINE = (ChannelKind.WEB, ChannelKind.EMAIL, ChannelKind.WHATSAPP, ChannelKind.FACEBOOK, ChannelKind.X,
          ChannelKind.TELEGRAM, ChannelKind.OPEN311)  # fmt: skip
SOCIAL = (ChannelKind.FACEBOOK, ChannelKind.WHATSAPP, ChannelKind.X, ChannelKind.TELEGRAM)
TOOLS = (*SOCIAL, ChannelKind.WEB, ChannelKind.EMAIL, ChannelKind.SMS)


@dataclass(frozen=True)
class Ways:
    """What the departments run and what came in on it, as this reader may have it. `open` is of the present day,
    because channels keep no history. What is hidden in one figure is hidden in all, else two together would tell it."""

    n: int
    open: dict[str, set[int]]  # kind to departments
    active: dict[str, int]  # kind to the number of departments with a contact on it
    channels: dict[str, Kind]
    reasons: dict[str, Kind]
    whole: int | None  # contacts; None where they are too few to tell anything of
    assisted: int
    counted_at: datetime | None

    def spread(self, kinds: Sequence[str]) -> Distribution:
        """How what came by `kinds` is spread. The whole of them holds what may not be told of single ones only if all
        of that is among them: then their sum is told anyway."""
        if self.whole is None:
            return Distribution((), None)
        chosen = tuple(self.channels[kind] for kind in kinds)
        if self._hidden.issubset(kinds):
            others = sum(each.n or 0 for kind, each in self.channels.items() if kind not in kinds)
            return Distribution(chosen, self.whole - others)
        return Distribution(chosen, sum(each.n or 0 for each in chosen))

    def leaves_out(self, kinds: Sequence[str]) -> bool:
        """Whether the whole of `kinds` lacks some that may not be told."""
        return not self._hidden.isdisjoint(kinds) and not self._hidden.issubset(kinds)

    @property
    def _hidden(self) -> set[str]:
        return {kind for kind, each in self.channels.items() if each.n is None}


def ways_of(asked: Asked) -> Ways:
    """Read the channels and the kept counts of contacts, in a fixed number of queries."""
    keys = [each.pk for each in asked.departments]
    running: dict[str, set[int]] = {kind: set() for kind in ChannelKind}
    for kind, department in Channel.objects.filter(department__in=keys, is_open=True).values_list("kind", "department"):
        running[kind].add(department)
    found = [each for each in _contacts(asked) if each.counts is not None]
    counts = [each.counts for each in found]
    came, why = together(counts, "channel"), together(counts, "reason")
    channels = _spread(asked, {kind: channel_name(kind) for kind in ChannelKind}, came)
    reasons = _spread(asked, {reason: str(Reason(reason).label) for reason in Reason.values}, why)
    whole = sum(sum(came.get(kind, [])) for kind in ChannelKind)
    return Ways(
        len(keys),
        running,
        dict(Counter(kind for each in found for kind in each.counts["channel"])),
        channels,
        reasons,
        whole if channels else None,
        sum(by_hand for _captured, by_hand in came.values()),
        min((each.counted_at for each in found if each.counted_at), default=None),
    )


def _spread(asked: Asked, names: dict[str, str], counts: dict[str, list[int]]) -> dict[str, Kind]:
    listed = [(name, sum(counts.get(value, []))) for value, name in names.items()]
    return dict(zip(names, distribution(listed, asked.reader).kinds, strict=False))


def _contacts(asked: Asked) -> Sequence[Counted]:
    return counted("contacts_by", asked.departments, asked.quarter, asked.now, asked.at)


def channel_name(kind: str) -> str:
    """The channel in words."""
    return str(ChannelKind(kind).label)


def online(ways: Ways) -> Exhibit:
    """Figure 1. Every service of a catalogue can be asked for on the web form, so that a department with one is fully
    online."""
    fully = ways.open[ChannelKind.WEB]
    partly = set[int]().union(*(ways.open[kind] for kind in ONLINE)) - fully
    states = ((_("Fully"), len(fully)), (_("Partly"), len(partly)), (_("Not yet"), ways.n - len(fully | partly)))
    sentence = _("{departments} can be reached online with every service they offer, {partly} more with some.").format(
        departments=of_departments(len(fully), ways.n), partly=isolated(number(len(partly)))
    )
    return replace(
        _of_departments("figure-1", _("Figure 1: departments that have gone online"), sentence, ways.n, states),
        formula=_("Fully: the web form is open, which takes every service of the department's catalogue. Partly: only "
                  "e-mail or an account is open. Channels are those of today: when one was opened or closed is not "
                  "recorded."),
        notes=(_("The paper's text: more than half fully, others in most of their sections, one fifth not yet; "
                 "elsewhere it says that an equal number still had to adopt it."),),
    )  # fmt: skip


def tools(ways: Ways) -> Exhibit:
    """Figure 2."""
    listed = [(kind, len(ways.open[kind]), ways.active.get(kind, 0)) for kind in TOOLS]
    best, most, _active = max(listed, key=lambda each: each[1])
    sentence = _("{channel} is open in {departments}; citizens used it in {active} of them this quarter.").format(
        channel=channel_name(best), departments=of_departments(most, ways.n),
        active=isolated(number(min(most, ways.active.get(best, 0)))),
    )  # fmt: skip
    title = _("Figure 2: tools that departments use")
    bars = [
        Part(
            channel_name(kind),
            _("open: {opened} of {n}; used by citizens: {active}").format(
                opened=isolated(number(opened)), n=isolated(number(ways.n)), active=isolated(number(active))
            ),
            opened / ways.n,
        )
        for kind, opened, active in listed
    ]
    return Exhibit(
        "figure-2", title, sentence,
        Table(
            (_("Tool"), _("Departments that have it open"), _("Departments where citizens used it"), _("Departments")),
            tuple((channel_name(kind), opened, active, ways.n) for kind, opened, active in listed),
        ),
        _("Open: the department runs the channel today. Used: at least one contact came in by it in the quarter. What "
          "departments send out by it is not recorded yet, so that a department that only sends is not counted."),
        number(ways.n),
        parts(_words("figure-2", title, sentence), bars),
        (_("The paper's text: Facebook, website and WhatsApp, photo and video sharing, Twitter less, text messages in "
           "one fifth of the departments. Another passage has another order: Facebook, WhatsApp and websites."),),
        counted_at=ways.counted_at,
    )  # fmt: skip


def most_used(ways: Ways) -> Exhibit:
    """Figure 3."""
    found = ways.spread(TOOLS)
    notes = [_("The paper calls Facebook the most preferred platform: among social platforms, that is.")]
    if ways.leaves_out(TOOLS):
        notes.insert(0, _("Tools by which too few came to be told are left out of the whole."))
    title = _("Figure 3: the tool that is used most")
    sentence = _largest_sentence(
        found,
        _("Of {n} contacts that came in by such a tool, {k} came by this one: {label}."),
    )  # fmt: skip
    return Exhibit(
        "figure-3", title, sentence, table(_("Tool"), found),
        _("Contacts received in the quarter by the tools of figure 2, by the channel on which they came. The paper "
          "asked "
          "officials which one they use most; what departments send out by each is not recorded yet, so that only what "
          "comes in is counted."),
        _n(found.whole), picture("figure-3", title, sentence, found),
        tuple(notes), counted_at=ways.counted_at,
    )  # fmt: skip


def purpose() -> Exhibit:
    """Figure 4: nothing to count yet."""
    return _without_records(
        "figure-4",
        _("Figure 4: what departments use the tools for"),
        _("What departments publish, and for which purpose, is not recorded yet. No number is made up in its place."),
        (_("One-way, from the top down"), "23 %"),
        _("To be counted: the purpose stated of each published item, beside whether it could be answered and was."),
    )


def claimed_level(asked: Asked) -> Exhibit:
    """Figure 5, from what officials said under seal, of the departments where enough of them did to name nobody."""
    found = Counter[Level]()
    for each in officials(asked.departments, asked.quarter, asked.moment).values():
        found.update(each or {})
    title = _("Figure 5: how high officials say that engagement is")
    paper = _("The paper asked 50 officials of nine departments, once; most said high. It states no number for this "
              "figure.")  # fmt: skip
    spread = Distribution(tuple(Kind(str(level.label), found[level]) for level in Level), found.total() or None)
    if not found:
        sentence = _("No officials' answers can be told of this quarter: they are sealed until it is over, and told "
                     "only where three or more of a department answered.")  # fmt: skip
    else:
        low, high = wilson(found[Level.HIGH], found.total())
        sentence = _("Of {n} officials, {k} call the engagement of their own department high ({share}; likely between "
                     "{low} and {top}).").format(
            n=isolated(number(found.total())), k=isolated(number(found[Level.HIGH])),
            share=_percents(found[Level.HIGH] / found.total()), low=_percents(low), top=_percents(high),
        )  # fmt: skip
    return Exhibit(
        "figure-5", title, sentence, table(_("Level"), spread),
        _("The last sealed answer of each official who runs the engagement of a department, given in the last seven "
          "days of the quarter. Departments in which fewer than three answered are left out."),
        _n(spread.whole), picture("figure-5", title, sentence, spread) if found else None, notes=(paper,),
    )  # fmt: skip


def reached_by(asked: Asked, ways: Ways) -> Exhibit:
    """Figure 6."""
    there = sorted(ways.channels.values(), key=lambda each: -(each.n or 0))
    found = Distribution(tuple(there), ways.whole)
    title = _("Figure 6: how citizens reach departments")
    sentence = _largest_sentence(
        found,
        _("Of {n} contacts, {k} came by the way that citizens used most: {label}."),
    )  # fmt: skip
    notes = [
        _("The paper's text: telephone first, then in person, then social media; e-mail and letters last. Its caption "
          "repeats that of figure 4."),
    ]  # fmt: skip
    if asked.reader is not PUBLIC:
        notes.insert(0, ngettext(
            "{n} contact was written down by an official; the others recorded themselves.",
            "{n} contacts were written down by an official; the others recorded themselves.", ways.assisted,
        ).format(n=isolated(number(ways.assisted))))  # fmt: skip
    return Exhibit(
        "figure-6", title, sentence, table(_("Way"), found),
        _("Every contact received in the quarter, by the channel on which it came. What was not written down at the "
          "counter or the telephone is not in it."),
        _n(found.whole), picture("figure-6", title, sentence, found), tuple(notes), counted_at=ways.counted_at,
    )  # fmt: skip


def reasons(ways: Ways) -> Exhibit:
    """Figure 7."""
    kinds = tuple(ways.reasons.values())
    found = Distribution(kinds, ways.whole)
    title = _("Figure 7: why citizens come")
    sentence = _largest_sentence(
        found,
        _("Of {n} contacts, {k} were of the most frequent reason: {label}."),
    )  # fmt: skip
    return Exhibit(
        "figure-7", title, sentence, table(_("Reason"), found),
        _("Every contact received in the quarter, by the reason that the citizen chose, or that an official corrected. "
          "One reason for each contact; in the paper several could be named."),
        _n(found.whole), picture("figure-7", title, sentence, found),
        (_("The paper's text: complaint, question, form; an event for at most a quarter; input on a project and the "
           "resolution of a conflict least."),),
        counted_at=ways.counted_at,
    )  # fmt: skip


def depth(asked: Asked) -> Exhibit | None:
    """Figure 8, as the depth of interactions (measurement 2.4); None while no family counts it, or nothing came."""
    if "interactions" not in FAMILIES:
        return None
    kept = counted("interactions", asked.departments, asked.quarter, asked.now, asked.at)
    found = [each for each in kept if each.counts is not None]
    sums = [sum(each.counts["depth"][level] for each in found) for level in range(len(DEPTHS))]
    if not sum(sums):
        return None
    spread = distribution([(str(label), n) for label, n in zip(DEPTHS, sums, strict=True)], asked.reader)
    high = sum(sums[HIGH:])
    title = _("Figure 8: how deep interactions go")
    if spread.whole and all(each.n is not None for each in spread.kinds[HIGH:]):
        low, top = wilson(high, spread.whole)
        sentence = _("Of {n} interactions {k} were high ({share}; likely between {low} and {top}).").format(
            n=isolated(number(spread.whole)), k=isolated(number(high)), share=_percents(high / spread.whole),
            low=_percents(low), top=_percents(top),
        )  # fmt: skip
    else:
        sentence = _("Too few interactions were high to say more to everybody.")
    moments = [each.counted_at for each in found if each.counted_at]
    return Exhibit(
        "figure-8", title, sentence, table(_("Depth"), spread),
        _("Depth 0 to 5 of each interaction; high is 4 and 5: a contribution with its disposition and the reason, or "
          "one that was adopted. What departments only send out is no interaction."),
        _n(spread.whole), picture("figure-8", title, sentence, spread),
        (_("The paper's text: one engagement in three is a single contact, one in three leaves a comment or feedback; "
           "collaborative dialogue is one third in one passage and two thirds in another, which cannot both be."),),
        counted_at=min(moments, default=None),
    )  # fmt: skip


DEPTHS = (
    gettext_lazy("0: contact without an answer"),
    gettext_lazy("1: only acknowledged, put off or sent elsewhere"),
    gettext_lazy("2: answered"),
    gettext_lazy("3: answered and judged, or a conversation"),
    gettext_lazy("4: a contribution with a decision on it and its reason"),
    gettext_lazy("5: a contribution that was adopted"),
)
HIGH = 4


def _percents(share: float) -> str:
    return isolated(percents(percent(share)))


def _largest_sentence(found: Distribution, wording: str) -> str:
    largest = found.largest
    if not found.whole or largest is None:
        return _("Too few contacts came in this quarter to tell anything of them.")
    return wording.format(
        n=isolated(number(found.whole)), k=isolated(number(largest.n or 0)), label=isolated(largest.label)
    )


def _n(whole: int | None) -> str:
    return number(whole) if whole else ""


def _words(name: str, title: str, sentence: str) -> Words:
    return Words(f"{name}-picture", title, sentence, get_language_bidi())


def _of_departments(name: str, title: str, sentence: str, n: int, states: Sequence[tuple[str, int]]) -> Exhibit:
    """An exhibit that counts departments by their state."""
    bars = [Part(label, of_departments(k, n), k / n) for label, k in states]
    rows = tuple((label, k, round(k / n * 100, 1)) for label, k in states)
    head = (_("State"), _("Departments"), _("Share in %"))
    return Exhibit(name, title, sentence, Table(head, rows), "", number(n), parts(_words(name, title, sentence), bars))


def _without_records(name: str, title: str, sentence: str, paper: tuple[str, str], formula: str) -> Exhibit:
    """What the paper says, and that nothing can be set beside it yet."""
    head = (_("What"), _("In the paper"), _("From the records"))
    return Exhibit(name, title, sentence, Table(head, ((*paper, _("not recorded yet")),)), formula)


def figures(asked: Asked) -> Sequence[Exhibit]:
    """All eight, in the paper's order."""
    ways = ways_of(asked)
    found = (
        online(ways), tools(ways), most_used(ways), purpose(), claimed_level(asked), reached_by(asked, ways),
        reasons(ways), depth(asked),
    )  # fmt: skip
    return [each for each in found if each is not None]


SURVEY_FIGURES = Report(
    "survey-figures",
    gettext_lazy("The survey's figures, live"),
    gettext_lazy(
        "In the survey officials of nine departments said how they engage citizens. Here the same figures are counted."
    ),
    Audience.EVERYBODY,
    figures,
    Span.ALL,
    opens_on=Opening.FINISHED,
)
