"""Who manages engagement: which section answers for each stage, how uniform that is, which procedure holds, and whether
citizens can follow their query (the survey's findings on the three stages)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from departments.models import Department, Responsibility, Section, SopVersion
from departments.offices import post_of
from departments.roles import Role
from departments.sops import Stage, in_force
from engagement.charts.parts import Part, parts
from engagement.dashboard.distributions import of_departments
from engagement.dashboard.exhibits import Asked, Cell, Exhibit, Table
from engagement.dashboard.reports.survey import _words
from engagement.showing import isolated, number


@dataclass(frozen=True)
class Owners:
    """By department (primary key) and stage: the section that answers for it and the post of its lead."""

    asked: Asked
    by_stage: Mapping[tuple[int, str], tuple[Section, Role | None]]

    @property
    def n(self) -> int:
        """How many departments there are."""
        return len(self.asked.departments)

    def section(self, department: int, stage: str) -> Section | None:
        """The section that answers for the stage."""
        found = self.by_stage.get((department, stage))
        return found[0] if found else None

    def same(self, stage: str) -> tuple[int, str]:
        """How many departments name the section that most of them name (by its code), and what it is called."""
        named: dict[str, list[Section]] = defaultdict(list)
        for each in self.asked.departments:
            if (section := self.section(each.pk, stage)) is not None:
                named[section.code].append(section)
        if not named:
            return 0, ""
        most = min(named.values(), key=lambda sections: (-len(sections), sections[0].code))
        return len(most), str(most[0].name)

    def nameless(self, stage: str) -> int:
        """How many departments name no section."""
        return sum(self.section(each.pk, stage) is None for each in self.asked.departments)

    @property
    def one_hand(self) -> int:
        """In how many departments one section answers for all three stages."""
        return sum(
            None not in found and len(found) == 1
            for each in self.asked.departments
            for found in [{self.section(each.pk, stage) for stage in Stage}]
        )


def owners_of(asked: Asked) -> Owners:
    """Read who answered for what at the moment asked for, in a fixed number of queries."""
    at: datetime = asked.moment
    held = Q(since__lte=at) & (Q(until__isnull=True) | Q(until__gt=at))
    rows = Responsibility.objects.filter(held, department__in=[each.pk for each in asked.departments])
    found = {
        (row.department_id, row.stage): (row.section, post_of(row.lead, row.section, at) if row.lead else None)
        for row in rows.select_related("section", "lead").prefetch_related("lead__appointments")
    }
    return Owners(asked, found)


def of_stage(owners: Owners, stage: Stage) -> Exhibit:
    """Which section of each department answers for one stage."""
    most, _name = owners.same(stage)
    nameless = owners.nameless(stage)
    parts_said = [
        _("{n} departments name the same section for this stage.").format(n=isolated(number(most)))
        if most > 1
        else _("No two departments name the same section for this stage."),
        _("In {departments} nobody is named.").format(departments=of_departments(nameless, owners.n))
        if nameless
        else _("Every department names one."),
    ]
    rows = tuple(_row(owners, stage, each.pk, str(each.name)) for each in _by_name(owners.asked))
    return Exhibit(
        f"owner-{stage.value}",
        _("Who answers for {stage}").format(stage=stage.label),
        " ".join(parts_said),
        Table((_("Department"), _("Section"), _("Post of its lead")), rows),
        _("The section that is responsible for the stage at the moment, by the department's own entry. Sections are "
          "the "
          "same when they bear the same code. Uniformity is the largest number of departments that name the same "
          "section "
          "÷ all departments: {k} ÷ {n}.").format(k=isolated(number(most)), n=isolated(number(owners.n))),
        number(owners.n),
        notes=(_PAPER[stage](),),
    )  # fmt: skip


_PAPER = {
    Stage.CONTENT: lambda: _("The paper's text: four departments say IT; the others public relations, secretariat, "
                             "planning, heads of departments, EME, administration."),
    Stage.RESPONSE: lambda: _("The paper's text: no two departments name the same section: uniformity 1 of 9."),
    Stage.MONITORING: lambda: _("The paper's text: no two departments name the same section, many name none: "
      "uniformity "
                                "1 of 9."),
}  # fmt: skip


def _by_name(asked: Asked) -> Sequence[Department]:
    return sorted(asked.departments, key=lambda each: str(each.name))


def _row(owners: Owners, stage: Stage, department: int, name: str) -> tuple[Cell, ...]:
    section, post = owners.by_stage.get((department, stage), (None, None))
    if section is None:
        return name, _("Nobody at present"), None
    return name, str(section.name), str(post.label) if post else None


def one_hand(owners: Owners) -> Exhibit:
    """Where one section runs all three stages, and how uniform each stage is."""
    title = _("Who runs all three stages")
    sentence = _("In {departments} one section answers for content creation, response and monitoring alike.").format(
        departments=of_departments(owners.one_hand, owners.n)
    )
    listed = [(_("One section runs all three"), owners.one_hand)]
    listed += [
        (_("{stage}: departments that name the same section").format(stage=stage.label), owners.same(stage)[0])
        for stage in Stage
    ]
    bars = [Part(label, of_departments(k, owners.n), k / owners.n) for label, k in listed]
    return Exhibit(
        "one-hand", title, sentence,
        Table(
            (_("What"), _("Departments"), _("Of")),
            tuple((label, k, owners.n) for label, k in listed),
        ),
        _("Departments in which the same section is responsible for all three stages ÷ all departments; and of each "
          "stage "
          "the largest number of departments that name the same section ÷ all departments."),
        number(owners.n), parts(_words("one-hand", title, sentence), bars),
        (_("The paper's text: in hardly any department does one team run all three."),),
    )  # fmt: skip


def procedures(asked: Asked) -> Exhibit:
    """How many departments keep the uniform procedures without one of their own."""
    deviating = deviating_of(asked)
    n = len(asked.departments)
    rows = tuple(
        (
            str(each.name),
            _("own for {n} reasons").format(n=isolated(number(own))) if own else _("uniform for all reasons"),
        )
        for each in _by_name(asked)
        for own in [deviating[each.pk]]
    )
    uniform = sum(not deviating[each.pk] for each in asked.departments)
    return Exhibit(
        "procedures",
        _("Is the procedure uniform?"),
        _("{departments} keep the uniform procedure for every reason.").format(departments=of_departments(uniform, n)),
        Table((_("Department"), _("Procedure in force")), rows),
        _("The versions of procedures in force at the moment. A department's own version needs a reason, and an end."),
        number(n),
        notes=(_("The paper's text: there is no uniform mechanism; it recommends uniform procedures for each stage."),),
    )


def deviating_of(asked: Asked) -> Counter[int]:
    """By department, for how many reasons it has a procedure of its own at the moment asked for."""
    versions = SopVersion.objects.filter(in_force(asked.moment), sop__department__isnull=False)
    return Counter(versions.order_by().values_list("sop__department", flat=True))
