"""The signs counted, and the records behind them: against a count by hand over random lives with odd rows in them."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints import closing, correspondence, routing
from complaints.actors import Voice
from complaints.models import Closure, Complaint, Contest, Duty, Event, Letter, Note, Pause, Rating, Transfer
from complaints.outcomes import Outcome
from departments.administration import adopt, draft_version
from departments.models import Category, Sop
from engagement.compliance import period
from engagement.models import CallBack, CallDraw
from engagement.periods import Quarter
from engagement.reviewing import counts_of, marked_queries, review
from engagement.signs import CODES, SIGNS, Counts
from engagement.softening import softened
from tests.histories import ALL, BEGIN, Lives, played
from tests.lives import answer as answers_it
from tests.lives import answered, concluded, day, ended, filed, minute, owned
from tests.world import World, make_world

pytestmark = pytest.mark.django_db

QUARTERS = (Quarter(2026, 4), Quarter(2026, 3))
FIRST = Quarter(2026, 1)
HEAVY = ("complaint", "project_input", "conflict")
ANSWERS = ("substantive", "refusal", "redirect")
MINUTE = timedelta(minutes=1)


def rate(lives: Lives, complaint: Complaint, world: World) -> None:
    by = lives.random.choice([Voice.CITIZEN, world.intake])
    closing.rate(complaint, by=by, at=lives.at, stars=lives.random.randint(1, 5))


def call(lives: Lives, complaint: Complaint, world: World) -> None:
    correspondence.call(complaint, by=world.officer, at=lives.at, text="Nobody took it.")


def route(lives: Lives, complaint: Complaint, world: World) -> None:
    category = lives.random.choice(list(world.categories.values()))
    routing.route(complaint, by=world.intake, at=lives.at, section=world.section, category=category)


def withdraw(lives: Lives, complaint: Complaint, world: World) -> None:
    closing.withdraw(complaint, by=Voice.CITIZEN, at=lives.at)


def odd_lives(seed: int, steps: int = 240) -> Lives:
    """Random lives, then rows as gaming would leave them: born closed, canned, contested, rated at once, …"""
    lives = Lives(seed)
    for _ in range(steps):
        lives.live([*ALL, rate, rate, call, route, route, withdraw])
    pick = lives.random
    for letter in Letter.objects.filter(kind__in=ANSWERS):
        letter.own_share = pick.choice([0.1, 0.29, 0.3, 1.0])
        letter.text = pick.choice(["We dig.", "The well by the school is dug.", f"Number {letter.pk}"])
        letter.sent_at += timedelta(seconds=pick.choice([0, 20, 59, 60, 61]))
        letter.save()
        if pick.random() < 0.3:
            Contest.objects.create(letter=letter, contested_at=letter.sent_at + pick.choice([1, 400]) * 60 * MINUTE)
    for closure in Closure.objects.all():
        if pick.random() < 0.3:
            age = timedelta(minutes=pick.choice([1, 4, 5, 9]))
            Complaint.objects.filter(pk=closure.complaint_id).update(recorded_at=closure.concluded_at - age)
        if pick.random() < 0.4:
            Closure.objects.filter(pk=closure.pk).update(delivered_at=closure.concluded_at + MINUTE)
    for rating in Rating.objects.all():
        closed = Closure.objects.filter(complaint=rating.complaint_id).order_by("pk").last()
        if closed is not None and pick.random() < 0.5:
            Rating.objects.filter(pk=rating.pk).update(rated_at=closed.concluded_at + pick.choice([0.5, 1, 2]) * MINUTE)
    for complaint in Complaint.objects.all():
        if pick.random() < 0.2:
            Complaint.objects.filter(pk=complaint.pk).update(citizen=_the_one(complaint))
    return lives


def _the_one(complaint: Complaint) -> Any:
    first = Complaint.objects.exclude(citizen=None).order_by("pk").first()
    return first.citizen if first else None


class ByHand:
    """Every row looked at alone; marked queries by (department, sign), and k and n."""

    def __init__(self, lives: Lives, quarter: Quarter, at: datetime) -> None:
        self.lives, self.quarter, self.at = lives, quarter, at
        self.codes = {world.department.pk: code for code, world in lives.worlds.items()}
        self.k: Counter[tuple[str, str]] = Counter()
        self.n: Counter[tuple[str, str]] = Counter()
        self.marked: dict[tuple[str, str], set[int]] = defaultdict(set)
        self.off = {c: {h.date for h in w.calendar.holidays.all()} for c, w in lives.worlds.items()}
        for look in (self.closures, self.letters, self.contacts, self.ratings, self.pauses, self.offers, self.dates):
            look()

    def local(self, moment: datetime, code: str) -> date:
        return moment.astimezone(ZoneInfo(self.lives.worlds[code].calendar.zone)).date()

    def past(self, moment: datetime | None) -> bool:
        return moment is not None and moment <= self.at

    def mine(self, complaint: Complaint, moment: datetime) -> str | None:
        """Who held the query at a moment that counts; None where it does not."""
        code = self.holder(complaint, moment)
        return code if self.past(moment) and self.within(moment, code) else None

    def within(self, moment: datetime, code: str) -> bool:
        return self.quarter.start <= self.local(moment, code) <= self.quarter.end

    def holder(self, complaint: Complaint, moment: datetime) -> str:
        accepted = Transfer.objects.filter(complaint=complaint, accepted=True).order_by("answered_at")
        later = next((t for t in accepted if t.answered_at and t.answered_at > moment), None)
        return self.codes[later.from_department_id if later else complaint.department_id]

    def days(self, code: str, start: datetime, end: datetime) -> int:
        first, last = self.local(start, code), self.local(end, code)
        after = [first + timedelta(days=number + 1) for number in range((last - first).days)]
        return sum(each.weekday() < 5 and each not in self.off[code] for each in after)

    def look(self, code: str | None, sign: str, complaint: int, is_marked: bool, among: bool = True) -> None:  # noqa: FBT002
        if code is not None and among:
            self.n[code, sign] += 1
            self.k[code, sign] += is_marked
            if is_marked:
                self.marked[code, sign].add(complaint)

    def closures(self) -> None:
        for each in Closure.objects.select_related("complaint"):
            case = each.complaint
            code = self.mine(case, each.concluded_at)
            stands = not self.past(each.voided_at) and each.outcome != "withdrawn"
            rated = any(self.past(r.rated_at) for r in Rating.objects.filter(complaint=case))
            told = self.past(each.delivered_at)
            calls = Note.objects.filter(complaint=case, kind="call")
            called = any(timedelta() <= each.concluded_at - c.written_at <= timedelta(days=7) for c in calls)
            self.look(code, "held", case.pk, self.past(each.voided_at))
            self.look(code, "born-closed", case.pk, each.concluded_at - case.recorded_at < 5 * MINUTE)
            self.look(code, "withdrawn", case.pk, called, each.outcome == "withdrawn")
            bad = each.outcome in ("refused", "partly", "not_reached")
            self.look(code, "unasked", case.pk, not (told or rated), stands and bad)
            self.look(code, "unrated", case.pk, not rated, stands and told)

    def letters(self) -> None:
        rows = list(Letter.objects.filter(kind__in=(*ANSWERS, "interim")).select_related("complaint"))
        placed = [(self.mine(each.complaint, each.sent_at), each) for each in rows]
        sent = [(code, each) for code, each in placed if code is not None]
        for code, each in sent:
            is_answer = each.kind in ANSWERS
            heavy = is_answer and each.complaint.reason in HEAVY
            alike = [
                other for c, other in sent
                if c == code and other.pk != each.pk and other.text == each.text and other.kind in ANSWERS
                and other.complaint.reason in HEAVY and abs(other.sent_at - each.sent_at) <= timedelta(hours=24)
            ]  # fmt: skip
            before = [
                other for c, other in sent
                if c == code and other.author_id == each.author_id and other.kind in ANSWERS
                and (other.sent_at, other.pk) < (each.sent_at, each.pk) and each.sent_at - other.sent_at < MINUTE
            ]  # fmt: skip
            contest = Contest.objects.filter(letter=each).first()
            self.look(code, "canned", each.complaint_id, each.own_share < 0.30, heavy)
            self.look(code, "repeated", each.complaint_id, bool(alike), heavy)
            self.look(
                code, "contested", each.complaint_id, bool(contest and self.past(contest.contested_at)), is_answer
            )
            self.look(code, "hurried", each.complaint_id, bool(before), is_answer and each.author_id is not None)
            quick = each.sent_at - each.complaint.recorded_at < 2 * MINUTE
            self.look(code, "instant", each.complaint_id, quick, is_answer and each.complaint.taken_by_id is None)
            self.look(code, "interim", each.complaint_id, each.kind == "interim")

    def contacts(self) -> None:
        brought: Counter[tuple[str, int]] = Counter()
        for each in Complaint.objects.select_related("channel").order_by("received_at", "pk"):
            code = self.holder(each, self.at)
            if not self.past(each.recorded_at) or not self.within(each.received_at, code):
                continue
            if each.citizen_id:
                brought[code, each.citizen_id] += 1
            beyond = bool(each.citizen_id) and brought[code, each.citizen_id or 0] > 5
            late = each.recorded_at - each.received_at > timedelta(hours=1)
            written = each.taken_by_id is not None
            self.look(code, "typed-late", each.pk, late, written and each.channel.kind in ("phone", "counter"))
            self.look(code, "staff-logged", each.pk, written)
            self.look(code, "beyond-five", each.pk, beyond)
            self.look(code, "dated-back", each.pk, self.days(code, each.received_at, each.recorded_at) > 1, written)
            routed = Event.objects.filter(complaint=each, kind="routed", recorded_at__lte=self.at)
            into = [Category.objects.get(pk=e.data["category"]).reason for e in routed if e.data["category"]]
            self.look(code, "reclassified", each.pk, any(r not in HEAVY for r in into), each.reason in HEAVY)

    def ratings(self) -> None:
        for each in Rating.objects.select_related("complaint"):
            code = self.mine(each.complaint, each.rated_at)
            closed = Closure.objects.filter(complaint=each.complaint_id)
            at_once = any(timedelta() <= each.rated_at - c.concluded_at < MINUTE for c in closed)
            self.look(code, "instant-rating", each.complaint_id, at_once)
            self.look(code, "staff-rating", each.complaint_id, each.taken_by_id is not None)

    def pauses(self) -> None:
        for each in Pause.objects.select_related("complaint").exclude(starts_at=None):
            assert each.starts_at is not None
            code = self.mine(each.complaint, each.starts_at)
            if code is None:
                continue
            rows = Duty.objects.filter(complaint=each.complaint_id, code="R6", opened_at__lt=each.starts_at)
            then = [
                duty for duty in rows.order_by("opened_at", "pk")
                if (duty.replaced_at is None or duty.replaced_at >= each.starts_at)
                and (duty.ended_at is None or duty.ended_at >= each.starts_at)
            ]  # fmt: skip
            if then and then[-1].due_at >= each.starts_at:
                left = self.days(code, each.starts_at, then[-1].due_at)
                self.look(code, "late-pause", each.complaint_id, left < 2)
            self.look(code, "contested-pause", each.complaint_id, self.past(each.contested_at))
            end = min(each.ends_at or self.at, self.at)
            self.look(code, "long-pause", each.complaint_id, self.days(code, each.starts_at, end) > 5)

    def offers(self) -> None:
        for each in Transfer.objects.select_related("complaint"):
            code = self.codes[each.from_department_id]
            if not self.past(each.offered_at) or not self.within(each.offered_at, code):
                continue
            before = Transfer.objects.filter(complaint=each.complaint_id, offered_at__lt=each.offered_at).count()
            self.look(code, "onward", each.complaint_id, before > 0)
            answered_then = each.answered_by_id is not None and self.past(each.answered_at)
            self.look(code, "returned", each.complaint_id, not each.accepted, answered_then)
            age = self.days(code, each.complaint.received_at, each.offered_at)
            self.look(code, "old-offer", each.complaint_id, age > 2, before == 0)

    def dates(self) -> None:
        for each in Duty.objects.filter(code="R6", ended_as="done"):
            code = self.codes[each.department_id]
            assert each.ended_at is not None
            then = each.opened_at <= each.ended_at and (each.replaced_at is None or each.replaced_at > each.ended_at)
            if then and self.past(each.ended_at) and self.within(each.ended_at, code):
                left = each.due_at - each.ended_at
                self.look(code, "last-day", each.complaint_id, timedelta() <= left < timedelta(days=1))


@pytest.mark.parametrize("seed", played(71, 72))
def test_every_sign_and_its_records_equal_a_count_by_hand(seed: int) -> None:
    lives = odd_lives(seed)
    seen: Counter[str] = Counter()
    for number in range(3):
        at = lives.at if number == 0 else BEGIN + (lives.at - BEGIN) * lives.random.uniform(0.3, 1.2)
        quarter = QUARTERS[number // 2]
        found = review(lives.departments, quarter, at)
        hand = ByHand(lives, quarter, at)
        for code, world in lives.worlds.items():
            got = counts_of(found[world.department.pk], None)
            for sign in SIGNS:
                if sign.code in ("after-due", "pause-share") or not sign.has_records:
                    continue
                kept = got.get(sign.code, Counts())
                assert (kept.k, kept.n) == (hand.k[code, sign.code], hand.n[code, sign.code]), (sign.code, code, at)
                keys = list(marked_queries(sign.code, world.department, quarter, at))
                assert keys == sorted(hand.marked[code, sign.code]), (sign.code, code, at)
                seen[sign.code] += hand.k[code, sign.code]
                assert all(k <= n for _word, k, n in kept.parts), sign.code
    # How many differ a little between the databases, because a life goes on with whatever row comes first.
    assert len([code for code, k in seen.items() if k]) > 11, seen


def of(world: World, code: str, at: datetime, quarter: Quarter = FIRST) -> Counts:
    return counts_of(review([world.department], quarter, at)[world.department.pk], None).get(code, Counts())


@pytest.fixture
def alpha() -> World:
    return make_world("alpha")


class TestAlone:
    def test_the_share_of_one_official_is_kept_without_a_name(self, alpha: World) -> None:
        for number in range(4):
            complaint = concluded(alpha)
            by = alpha.officer if number else alpha.officer2
            Closure.objects.filter(complaint=complaint).update(concluded_by=by)
            if number > 1 or not number:
                closing.rate(complaint, by=Voice.CITIZEN, at=minute(90), stars=4)
        assert of(alpha, "one-official", day(3)) == Counts(2, 3, (3, 4))

    def test_who_was_called_says_that_a_closed_case_was_not_answered(self, alpha: World) -> None:
        at, number = day(40), count(1)
        draw = CallDraw.objects.create(
            department=alpha.department, quarter="2026Q1", seed="s", drawn_at=day(33), due_at=day(60), contacts=9,
            reachable=9, size=9, by_channel={"web": 9},
        )  # fmt: skip

        def called(complaint: Complaint, said: str) -> None:
            CallBack.objects.create(
                draw=draw, number=next(number), complaint=complaint, channel="web", state="answered",
                answered=said, asked_at=at, settled_at=at, taken_by=alpha.monitor, way="phone",
            )  # fmt: skip

        void_by_the_call, void_before, withdrawn = (concluded(alpha) for _ in range(3))
        Closure.objects.filter(complaint=void_by_the_call).update(voided_at=at)
        Closure.objects.filter(complaint=void_before).update(voided_at=day(39))
        Closure.objects.filter(complaint=withdrawn).update(outcome="withdrawn")
        for complaint in (concluded(alpha), void_by_the_call, void_before, withdrawn, owned(alpha)):
            called(complaint, "no")
        for said in ("partly", "yes"):
            called(concluded(alpha), said)
        assert of(alpha, "unsolved", at) == Counts(2, 4)
        assert of(alpha, "unsolved", at - MINUTE) == Counts()
        assert of(alpha, "unsolved", at, Quarter(2026, 2)) == Counts()
        with pytest.raises(KeyError):
            marked_queries("unsolved", alpha.department, FIRST, at)

    def test_first_answers_before_and_after_their_date(self, alpha: World) -> None:
        late = owned(alpha)
        answers_it(alpha, late, at=day(21))  # due after 10 working days, on Monday the 16th; a week late
        answered(alpha)
        waits = owned(alpha)
        found = of(alpha, "after-due", day(28))
        assert (found.k, found.n) == (1, 5 + 10)
        assert found.other == (1, 10 + 0 + 10)
        assert found.parts == (("waiting", 1, 20),)
        assert list(marked_queries("after-due", alpha.department, FIRST, day(28))) == [waits.pk]

    def test_pauses_that_took_time(self, alpha: World) -> None:
        complaint = owned(alpha)
        letter = correspondence.ask(complaint, by=alpha.officer, at=minute(20), text="Which well?")
        correspondence.deliver(complaint, by=alpha.officer, at=minute(21), letter=letter)
        filed(alpha)
        assert list(marked_queries("pause-share", alpha.department, FIRST, day(3))) == [complaint.pk]
        assert counts_of({}, {"clocks": {"P": 3, "W": 20}}) == {"pause-share": Counts(3, 20)}

    def test_a_sign_without_records_has_none(self, alpha: World) -> None:
        with pytest.raises(KeyError):
            marked_queries("softer", alpha.department, FIRST, day(3))
        assert not CODES["softer"].has_records

    def test_a_withdrawal_is_no_returned_transfer(self, alpha: World) -> None:
        beta = make_world("beta")
        complaint = owned(alpha)
        routing.transfer(complaint, by=alpha.intake, at=minute(30), to=beta.department, reason="Theirs.")
        closing.withdraw(complaint, by=Voice.CITIZEN, at=minute(40))
        assert of(alpha, "returned", day(3)).n == 0
        assert of(alpha, "onward", day(3)).n == 1


class TestProcedures:
    def change(self, world: World, at: datetime, **steps: int) -> None:
        sop = Sop.objects.get(reason="complaint", department=None)
        version = draft_version(sop, by=world.centre, at=at)
        for code, limit in steps.items():
            version.steps.filter(code=code).update(limit=limit)
        adopt(version, at, by=world.centre, at=at)

    def test_softer_stricter_and_the_same(self, alpha: World) -> None:
        self.change(alpha, day(1), R3=8)
        self.change(alpha, day(2), R3=12)
        self.change(alpha, day(3))
        assert of(alpha, "softer", day(0.5)) == Counts()
        assert of(alpha, "softer", day(1.5)) == Counts(0, 1, parts=(("stricter", 1, 1),))
        assert of(alpha, "softer", day(4)) == Counts(1, 3, parts=(("same", 1, 1), ("softer", 1, 1), ("stricter", 1, 1)))
        assert of(alpha, "softer", day(60), Quarter(2026, 2)) == Counts()

    def test_a_first_version_of_its_own_is_set_beside_the_uniform_one(self, alpha: World) -> None:
        beta = make_world("beta")
        sop = Sop.objects.create(reason="complaint", department=alpha.department)
        version = draft_version(sop, by=alpha.administrator, at=day(1))
        version.deviation_reason = "Wells lie far apart."
        version.save()
        version.steps.filter(code="R3").update(limit=15)
        adopt(version, day(1), until=day(30), by=alpha.administrator, at=day(1))
        assert of(alpha, "softer", day(4)) == Counts(1, 1, parts=(("softer", 1, 1),))
        assert of(beta, "softer", day(4)) == Counts()

    def test_the_first_of_all_replaces_none(self, alpha: World) -> None:
        founded = Quarter(2020, 1)
        (days,) = period([alpha.department], founded.start, founded.end)
        assert softened([alpha.department], days, day(0))[alpha.department.pk] == {}


def test_as_many_queries_however_much_there_is(alpha: World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            review([alpha.department], Quarter(2026, 1), day(3))
        return len(caught)

    concluded(alpha)
    before = queries()
    for _ in range(3):
        ended(alpha)
        owned(alpha)
        closing.rate(concluded(alpha), by=Voice.CITIZEN, at=minute(90), stars=4)
    assert queries() == before <= 20


def test_outcomes_are_those_of_the_rule() -> None:
    assert {Outcome.REFUSED, Outcome.PARTLY, Outcome.NOT_REACHED} < set(Outcome)
