"""LOW, MEDIUM or HIGH: which gates a department's quarter passes, and what that proves (measurement 2.3).

A ladder, not a score: MEDIUM needs every M gate, HIGH every gate. *Proven* needs passes; *possible* needs only that no
gate fails, so that too few records say little in both directions. Pure: counts in, a reading out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.evidence import Cases, Did, Evidence, Ratings
from engagement.gates import FEWEST, Verdict, duty, flow
from engagement.ladder import BY_CODE, GATES, Gate
from engagement.methods import Method
from engagement.scale import Level
from engagement.wilson import wilson

# H2 (a): so many different citizens judged the work.
FEWEST_RATERS = 20
# A level is stable when it stays the same with every threshold so much lower and so much higher.
TREMBLE = Fraction(1, 10)
M_GATES = tuple(gate.code for gate in GATES if gate.code.startswith("M"))


@dataclass(frozen=True)
class Judged:
    """One gate with its verdict. `successes` of `trials` are None where the question is yes or no or nothing is
    recorded; `interval` is None where none is due. `months` is the time that was looked at."""

    gate: Gate
    verdict: Verdict
    months: int
    threshold: Fraction | None
    successes: int | None = None
    trials: int | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The Wilson interval of a flow gate that has cases."""
        if self.successes is None or self.trials is None or self.gate.kind.value != "flow":
            return None
        return wilson(self.successes, self.trials)


@dataclass(frozen=True)
class Reading:
    """What the records say of a department's quarter under one version of the method."""

    method_version: int
    gates: tuple[Judged, ...]
    is_rated: bool
    is_stable: bool

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdicts by the codes of the gates."""
        return {each.gate.code: each.verdict for each in self.gates}

    @property
    def proven(self) -> Level:
        """What is certain."""
        return proven(self.verdicts)

    @property
    def possible(self) -> Level:
        """What is not excluded."""
        return possible(self.verdicts)

    @property
    def is_one_way(self) -> bool:
        """The paper's own negative: the office neither answers nor can be answered."""
        return self.is_rated and is_one_way(self.verdicts)

    @property
    def shown(self) -> str:
        """The level in words."""
        if not self.is_rated:
            return _("Not rated")
        return wording(self.proven, self.possible)

    @property
    def robustness(self) -> str:
        """Whether a slightly other ruler would have given the same; "" without a rating."""
        if not self.is_rated:
            return ""
        return _("stable") if self.is_stable else _("near a threshold")


def proven(verdicts: Mapping[str, Verdict]) -> Level:
    """Return the level whose every gate is passed."""
    if any(verdicts[code] != Verdict.PASS for code in M_GATES):
        return Level.LOW
    return Level.HIGH if all(each == Verdict.PASS for each in verdicts.values()) else Level.MEDIUM


def possible(verdicts: Mapping[str, Verdict]) -> Level:
    """Return the level below which no gate fails."""
    if any(verdicts[code] == Verdict.FAIL for code in M_GATES):
        return Level.LOW
    return Level.MEDIUM if Verdict.FAIL in verdicts.values() else Level.HIGH


def is_one_way(verdicts: Mapping[str, Verdict]) -> bool:
    """Whether both answering (M1) and being open to answers (M2) fail."""
    return verdicts["M1"] == verdicts["M2"] == Verdict.FAIL


def wording(low: Level, high: Level) -> str:
    """Write what is proven and what is possible as one."""
    if low == high:
        return str(high.label)
    return _("At least {low}, at most {high} – too few records to say").format(low=low.label, high=high.label)


def read(evidence: Evidence, method: Method) -> Reading:
    """Return what `evidence` says under `method`."""
    gates = _judged(evidence, method)
    here = _span(gates)
    stable = all(_span(_judged(evidence, method.moved(by))) == here for by in (-TREMBLE, TREMBLE))
    rated = evidence.received >= FEWEST or evidence.published >= FEWEST
    return Reading(method.version, gates, rated, stable)


def _span(gates: tuple[Judged, ...]) -> tuple[Level, Level]:
    verdicts = {each.gate.code: each.verdict for each in gates}
    return proven(verdicts), possible(verdicts)


def _judged(evidence: Evidence, method: Method) -> tuple[Judged, ...]:
    answered, asked = evidence.answered, evidence.asked
    m1, m3 = method.thresholds["M1"], method.thresholds["M3"]
    return (
        _gate("M1", method, answered.against(m1), answered.successes, answered.trials),
        _flow("M2", method, evidence.invites),
        _gate("M3", method, flow(asked.successes, asked.trials, m3), asked.successes, asked.trials),
        _queries(evidence, method),
        _ratings(evidence.ratings, method),
        _did("H3", method, evidence.input),
        _did("H4", method, evidence.co_produced),
        _share("H5", method, evidence.loops),
        _did("H6", method, evidence.decided),
    )


def _gate(
    code: str, method: Method, verdict: Verdict, successes: int | None, trials: int | None, months: int | None = None
) -> Judged:
    gate = BY_CODE[code]
    return Judged(gate, verdict, months or gate.months, method.thresholds.get(code), successes, trials)


def _flow(code: str, method: Method, cases: Cases | None) -> Judged:
    if cases is None:
        return _gate(code, method, Verdict.NO_DATA, None, None)
    verdict = flow(cases.successes, cases.trials, method.thresholds[code])
    return _gate(code, method, verdict, cases.successes, cases.trials, cases.months)


def _share(code: str, method: Method, cases: Cases | None) -> Judged:
    if cases is None:
        return _gate(code, method, Verdict.NO_DATA, None, None)
    verdict = duty(cases.successes, cases.trials, method.thresholds[code])
    return _gate(code, method, verdict, cases.successes, cases.trials)


def _did(code: str, method: Method, did: Did | None) -> Judged:
    """A yes or no about twelve months is one case: it has no data only where nothing of the kind is recorded."""
    if did is None:
        return _gate(code, method, Verdict.NO_DATA, None, None)
    return _gate(code, method, Verdict.PASS if did.is_met else Verdict.FAIL, did.found, did.of)


def _queries(evidence: Evidence, method: Method) -> Judged:
    """H1: closed doors fail, whatever the share; without a quarter in which doors could be open there is no data."""
    queries, ways = evidence.queries, evidence.ways
    if ways is None:
        verdict = Verdict.NO_DATA
    elif not (ways.offline and ways.online):
        verdict = Verdict.FAIL
    else:
        verdict = queries.against(method.thresholds["H1"])
    return _gate("H1", method, verdict, queries.successes, queries.trials, evidence.queries_months)


def _ratings(ratings: Ratings, method: Method) -> Judged:
    """H2: without any judgement there is no data; too few who judged fail, and so do bad ones left alone."""
    if not ratings.ratings:
        verdict = Verdict.NO_DATA
    elif ratings.raters < FEWEST_RATERS:
        verdict = Verdict.FAIL
    else:
        followed = duty(ratings.followed, ratings.bad, method.thresholds["H2"])
        verdict = Verdict.PASS if followed == Verdict.NO_DATA else followed
    return _gate("H2", method, verdict, ratings.followed, ratings.bad)
