"""Waiting, equity and depth counted by hand, one query after the other, and compared with what the measures say."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from complaints.models import Complaint, Transfer
from departments.channels import ANSWERS_AT_ONCE
from engagement.cohorts import answered
from engagement.equity import equity
from engagement.interactions import interactions
from engagement.periods import Quarter
from engagement.waiting import still_open, waiting, waits_of
from tests.histories import Lives


@dataclass
class Told:
    """One query as the count by hand sees it."""

    complaint: Complaint
    code: str
    counts: bool
    begun: datetime
    answer: datetime | None
    closed: tuple[str, datetime] | None
    wait: tuple[str, int]
    in_time: bool | None


class ByHand:
    """What each query was at a moment, going from day to day."""

    def __init__(self, lives: Lives, start: date, end: date, at: datetime) -> None:
        self.lives, self.at, self.start, self.end = lives, at, start, end
        self.holidays = {code: {h.date for h in world.calendar.holidays.all()} for code, world in lives.worlds.items()}
        self.told = list(self._told())

    def local(self, moment: datetime, code: str) -> date:
        return moment.astimezone(ZoneInfo(self.lives.worlds[code].calendar.zone)).date()

    def is_open(self, each: date, code: str) -> bool:
        return each.weekday() < 5 and each not in self.holidays[code]

    def days(self, first: date, last: date, code: str) -> int:
        return sum(self.is_open(first + timedelta(days=n + 1), code) for n in range((last - first).days))

    def holder(self, complaint: Complaint) -> str:
        later = [t for t in Transfer.objects.filter(complaint=complaint, accepted=True) if t.answered_at > self.at]
        first = min(later, key=lambda t: t.answered_at, default=None)
        return first.from_department.code if first else complaint.department.code

    def _told(self) -> Iterator[Told]:
        brought: Counter[tuple[str, int]] = Counter()
        for complaint in Complaint.objects.filter(recorded_at__lte=self.at).order_by("received_at", "pk"):
            code = self.holder(complaint)
            if self.start <= self.local(complaint.received_at, code) <= self.end:
                if complaint.citizen_id:
                    brought[code, complaint.citizen_id] += 1
                counts = not complaint.citizen_id or brought[code, complaint.citizen_id] <= 5
                yield self._one(complaint, code, counts=counts)

    def answer(self, complaint: Complaint) -> datetime | None:
        sent = [
            letter.sent_at
            for letter in complaint.letters.filter(kind__in=["substantive", "refusal"], sent_at__lte=self.at)
            if letter.delivered_at and letter.delivered_at <= self.at
        ]
        return min(sent, default=None)

    def _one(self, complaint: Complaint, code: str, *, counts: bool) -> Told:
        begun = complaint.received_at
        day0 = self.local(begun, code)
        if complaint.taken_by_id and self.days(day0, self.local(complaint.recorded_at, code), code) > 1:
            begun, day0 = complaint.recorded_at, self.local(complaint.recorded_at, code)
        answer = self.answer(complaint)
        closed = next(
            (
                (c.outcome, c.concluded_at)
                for c in complaint.closures.filter(concluded_at__lte=self.at)
                if not (c.voided_at and c.voided_at <= self.at)
            ),
            None,
        )
        due, left = day0, 10
        while left:
            due += timedelta(days=1)
            left -= self.is_open(due, code)
        today = self.local(self.at, code)
        in_time: bool | None = False
        if answer:
            last = self.local(answer, code)
            in_time = last <= due
            while last > day0 and not self.is_open(last, code):
                last += timedelta(days=1)
            wait = ("answered", self.days(day0, last, code))
        elif closed:
            ended = self.local(closed[1], code)
            withdrawn = closed[0] == "withdrawn"
            wait = ("withdrawn", self.days(day0, ended, code)) if withdrawn else ("never", 0)
        else:
            wait = ("waiting", self.days(day0, today, code))
            in_time = None if today <= due else False
        return Told(complaint, code, counts, begun, answer, closed, wait, in_time)

    def section(self, complaint: Complaint) -> int:
        entries = complaint.entries.filter(stage="content", entered_at__lte=self.at).order_by("entered_at", "pk")
        return entries.last().section_id


def check_waiting(hand: ByHand) -> None:
    found = waiting(hand.lives.departments, Quarter.of(hand.start), hand.at)
    for code, world in hand.lives.worlds.items():
        mine = [each for each in hand.told if each.code == code and each.counts]
        counts = found[world.department.pk]
        groups: dict[tuple[str, str], list[Told]] = {("all", ""): mine}
        for each in mine:
            complaint = each.complaint
            groups.setdefault(("channel", complaint.channel.kind), []).append(each)
            groups.setdefault(("reason", complaint.reason), []).append(each)
            groups.setdefault(("language", complaint.language), []).append(each)
            groups.setdefault(("district", ""), []).append(each)
        assert sum(len(some) for some in counts["by"].values()) == len(groups) - 1
        for (dimension, group), some in groups.items():
            histogram = counts["all"] if dimension == "all" else counts["by"][dimension][group]
            waits = waits_of(histogram)
            fates = Counter(each.wait for each in some)
            assert waits.n == len(some)
            assert {("answered", n): k for n, k in waits.answered.items()} == pick(fates, "answered")
            assert {("withdrawn", n): k for n, k in waits.withdrawn.items()} == pick(fates, "withdrawn")
            still = Counter(waits.left)
            still.subtract(waits.withdrawn)
            assert {("waiting", n): k for n, k in still.items() if k} == pick(fates, "waiting")
            assert still_open(waits) == sum(pick(fates, "waiting").values())
            assert waits.never == fates["never", 0]
            assert histogram["longest"] == max((n for kind, n in fates if kind == "waiting"), default=None)
            assert histogram["trials"] == sum(each.in_time is not None for each in some)
            assert histogram["successes"] == sum(each.in_time is True for each in some)
        counted = answered(hand.lives.departments, hand.start, hand.end, hand.at)[world.department.pk]
        assert (counted.successes, counted.trials) == (counts["all"]["successes"], counts["all"]["trials"])
        assert counted.beyond == counts["beyond"]


def pick(fates: Counter[tuple[str, int]], fate: str) -> dict[tuple[str, int], int]:
    return {key: n for key, n in fates.items() if key[0] == fate}


def check_equity(hand: ByHand) -> int:
    found = equity(hand.lives.departments, Quarter.of(hand.start), hand.at)
    jumped = 0
    for code, world in hand.lives.worlds.items():
        counts = found[world.department.pk]
        expected: Counter[tuple[str, str, str, int]] = Counter()
        mine = [each for each in hand.told if each.code == code]
        for each in mine:
            if not each.counts or each.in_time is None:
                continue
            complaint = each.complaint
            alone = "assisted" if complaint.taken_by_id else "alone"
            cells = [
                ("channel", complaint.channel.kind, complaint.reason),
                ("language", complaint.language, complaint.reason),
                ("district", "", complaint.reason),
                ("assisted", alone, complaint.reason),
            ]
            if alone == "alone":
                tone = "critical" if complaint.reason == "complaint" else "other"
                cells.append(("tone", tone, complaint.channel.kind))
            for cell in cells:
                expected[*cell, 1] += 1
                expected[*cell, 0] += each.in_time
        assert {
            (name, group, kind, place): n
            for name in ("channel", "language", "district", "assisted", "tone")
            for group, kinds in counts[name].items()
            for kind, pair in kinds.items()
            for place, n in enumerate(pair)
        } == expected
        answers = [each for each in mine if each.answer]
        out_of_turn = [each for each in answers if any(hand_older(hand, each, other) for other in mine)]
        assert counts["jumps"] == [len(out_of_turn), len(answers)]
        jumped += len(out_of_turn)
    return jumped


def hand_older(hand: ByHand, each: Told, other: Told) -> bool:
    """Whether `other` was older, of the same section, past due and unanswered when `each` was answered."""
    assert each.answer is not None
    due = other.complaint.duties.filter(code="R3").order_by("pk").first()
    left = other.answer or (other.closed[1] if other.closed else None)
    return bool(
        other.begun < each.begun
        and due
        and due.promised_at < each.answer
        and (left is None or left > each.answer)
        and hand.section(each.complaint) == hand.section(other.complaint)
    )


def check_interactions(hand: ByHand) -> Counter[str]:
    found = interactions(hand.lives.departments, Quarter.of(hand.start), hand.at)
    year = ByHand(hand.lives, date(2026, 1, 1), hand.end, hand.at)
    seen: Counter[str] = Counter()
    for code, world in hand.lives.worlds.items():
        depths = [0] * 6
        for each in hand.told:
            if each.code == code and each.counts:
                depths[depth_by_hand(hand, each)] += 1
        assert found[world.department.pk]["depth"] == depths
        exclusive: Counter[str] = Counter()
        multiple: Counter[str] = Counter()
        citizens: dict[int | None, list[Complaint]] = {}
        for each in year.told:
            if each.code == code:
                citizens.setdefault(each.complaint.citizen_id, []).append(each.complaint)
        nobody = citizens.pop(None, [])
        for complaints in citizens.values():
            applies = []
            if any(exchanges_by_hand(complaint, hand.at) >= 3 for complaint in complaints):
                applies.append("collaborative")
            if any(was_rated(c, hand.at) or c.reason == "project_input" for c in complaints):
                applies.append("feedback")
            applies.append("one_off" if len(complaints) == 1 else "returning")
            exclusive[applies[0]] += 1
            multiple.update(applies)
        assert found[world.department.pk]["exclusive"] == exclusive
        assert found[world.department.pk]["multiple"] == multiple
        assert found[world.department.pk]["anonymous"].get("contacts", 0) == len(nobody)
        seen.update(multiple)
        seen.update({str(level): n for level, n in enumerate(depths) if n})
    return seen


def was_rated(complaint: Complaint, at: datetime) -> bool:
    return hasattr(complaint, "rating") and complaint.rating.rated_at <= at


def exchanges_by_hand(complaint: Complaint, at: datetime) -> int:
    office = ("substantive", "refusal", "redirect", "follow_up", "question")
    turns = ["c"]
    for letter in complaint.letters.filter(sent_at__lte=at).order_by("sent_at", "pk"):
        turn = "c" if letter.kind == "citizen" else "o" if letter.kind in office else ""
        if turn and turn != turns[-1]:
            turns.append(turn)
    return turns.count("o")


def depth_by_hand(hand: ByHand, each: Told) -> int:
    if each.answer is None:
        heard = [
            letter
            for letter in each.complaint.letters.exclude(kind__in=["citizen", "closing", "notice"])
            if letter.sent_at <= hand.at and letter.delivered_at and letter.delivered_at <= hand.at
        ]
        return int(bool(heard) or each.complaint.channel.kind in ANSWERS_AT_ONCE)
    talked = exchanges_by_hand(each.complaint, hand.at) >= 2
    return 3 if talked or was_rated(each.complaint, hand.at) else 2
