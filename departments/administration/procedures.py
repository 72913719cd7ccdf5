"""Procedures: how a version is drafted and adopted, after which it never changes."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from departments.administration.authority import must_administer
from departments.errors import Invalid, NotReady, Stale
from departments.models import Department, Rung, Sop, SopVersion, Step, User
from departments.sops import CountsFrom, in_force
from departments.strictness import laxer_rungs, laxer_steps


@transaction.atomic
def draft_version(sop: Sop, *, by: User, at: datetime) -> SopVersion:
    """Return a new version of the procedure, not in force, with the steps and rungs of the latest one to begin from.

    A department's first own version begins from the uniform one.
    """
    must_administer(by, sop.department, at)
    _hold(sop)
    own = sop.versions.order_by("number").last()
    uniform = SopVersion.objects.filter(sop__department__isnull=True, sop__reason=sop.reason)
    pattern = own or uniform.filter(in_force(at)).order_by("number").last()
    version = SopVersion.objects.create(sop=sop, number=own.number + 1 if own else 1)
    if pattern is not None:
        Step.objects.bulk_create(_same_step(step, version) for step in pattern.steps.all())
        Rung.objects.bulk_create(_same_rung(rung, version) for rung in pattern.rungs.all())
    return version


@transaction.atomic
def adopt(version: SopVersion, since: datetime, *, until: datetime | None = None, by: User, at: datetime) -> None:
    """Put the version in force from `since` on, for good or up to `until`; the one before it ends at that moment.

    From here on nothing of it changes. Queries filed earlier keep the version they were filed under. A department's
    own procedure is at least as strict as the uniform one, or it says why not and ends on a date.
    """
    sop = version.sop
    must_administer(by, sop.department, at)
    _hold(sop)
    version.refresh_from_db()
    if since < at:
        raise Invalid(_("A procedure cannot come into force in the past."), "since")
    if until is not None and until <= since:
        raise Invalid(_("A procedure must end after it comes into force."), "until")
    _must_promise_something(version)
    if sop.department is not None:
        _must_be_strict_or_explained(version, sop.department, since, until)
    elif until is not None:
        raise Invalid(_("The uniform procedure holds until its next version; it has no end of its own."), "until")
    others = sop.versions.exclude(pk=version.pk).filter(in_force_from__isnull=False)
    if others.filter(in_force_from__gte=since).exists():
        raise Stale(_("A later version of this procedure has been adopted already."))
    others.filter(Q(in_force_until__isnull=True) | Q(in_force_until__gt=since)).update(in_force_until=since)
    adopted = SopVersion.objects.filter(pk=version.pk, in_force_from__isnull=True).update(
        in_force_from=since, in_force_until=until, adopted_by=by
    )
    if adopted != 1:
        raise Stale(_("This version has been adopted already; draft a new one to change the procedure."))
    version.refresh_from_db()


def _hold(sop: Sop) -> None:
    """Make others who draft or adopt for this SOP wait until this transaction ends; a write locks on any database."""
    Sop.objects.filter(pk=sop.pk).update(reason=F("reason"))


def _same_step(step: Step, version: SopVersion) -> Step:
    return Step(
        version=version,
        stage=step.stage,
        code=step.code,
        title=step.title,
        instruction=step.instruction,
        limit=step.limit,
        unit=step.unit,
        counts_from=step.counts_from,
        mandatory=step.mandatory,
    )


def _same_rung(rung: Rung, version: SopVersion) -> Rung:
    return Rung(version=version, level=rung.level, after=rung.after, unit=rung.unit, tells=rung.tells)


def _must_promise_something(version: SopVersion) -> None:
    limited = version.steps.filter(counts_from=CountsFrom.RECEIPT, limit__isnull=False)
    if not limited.exists():
        raise NotReady(_("No step has a limit that counts from receipt, so a query would have no due date."))


def _must_be_strict_or_explained(
    version: SopVersion, department: Department, since: datetime, until: datetime | None
) -> None:
    uniform = SopVersion.objects.filter(in_force(since), sop__department__isnull=True, sop__reason=version.sop.reason)
    pattern = uniform.order_by("number").last()
    if pattern is None:
        laxer = _("There is no uniform procedure to compare it with.")
    else:
        codes = laxer_steps(version.steps.all(), pattern.steps.all())
        codes += [str(level) for level in laxer_rungs(version.rungs.all(), pattern.rungs.all())]
        laxer = _("Less strict than the uniform procedure: %(codes)s.") % {"codes": ", ".join(codes)} if codes else ""
    if not laxer:
        return
    if not version.deviation_reason.strip():
        raise Invalid(f"{laxer} " + _("Say why “%(d)s” needs that.") % {"d": department}, "deviation_reason")
    if until is None:
        raise Invalid(f"{laxer} " + _("Say until when; a deviation ends on a date."), "until")
