"""`manage.py demo_readings`: what officials and citizens of the demo say of its finished quarters."""

from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import prefetch_related_objects
from django.utils import timezone
from tqdm import tqdm

from complaints.demo.offices import Office, offices
from complaints.models import Rating
from departments.models import User
from departments.terminal import moment
from engagement.assessing import assess, runs_its_engagement
from engagement.calling import Answers, calls_for_official, draw, take_answers, take_refusal, take_silence
from engagement.models import CallBack, CallDraw, SelfAssessment
from engagement.periods import Quarter
from engagement.scale import Level
from engagement.sealing import assessment_opens
from engagement.tallies import quarters_since

# As the officials of the survey did: hardly anybody calls the own engagement low.
PLACES = {Level.HIGH: 74, Level.MEDIUM: 22, Level.LOW: 4}
EVIDENCE = (
    "We answer every query and publish what we do.",
    "Citizens write to us every day and we write back.",
    "Our page is full of their comments.",
    "Two open meetings were held in the district.",
)
# Of a long list only so many are called, so that a million queries make no million calls.
MOST_CALLED = 120


class Command(BaseCommand):
    """Safe to repeat: a quarter that has a draw is left as it is. The same demo is told the same every time."""

    help = "Let the demo's officials judge its finished quarters, draw the call-backs and answer most of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", type=moment, metavar="ISO", help="the moment up to which the history goes")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo invents what people say; it has no place in production (JAWAB_ENV).")
        at: datetime = options["at"] or timezone.now()
        there = offices()
        finished = quarters_since([each.department for each in there], at)[1:]
        done = {tuple(row) for row in CallDraw.objects.values_list("department", "quarter")}
        pieces = [(o, q) for q in reversed(finished) for o in there if (o.department.pk, str(q)) not in done]
        centre = User.objects.filter(username="centre.monitor").first()
        for office, quarter in tqdm(pieces, desc="What officials and citizens say", unit="", disable=None):
            told = Telling(office, quarter, centre, at)
            told.judge()
            told.call()
        self.stdout.write(f"{len(pieces)} quarters of departments are judged by officials and called back.")


class Telling:
    """What is said of one department's quarter; everything is drawn from its name."""

    def __init__(self, office: Office, quarter: Quarter, centre: User | None, at: datetime) -> None:
        self.office, self.quarter, self.at = office, quarter, at
        self.rng = Random(f"{office.code} {quarter}")
        self.zone = ZoneInfo(office.department.calendar.zone)
        self.callers = [each for each in (office.people["monitor"], centre) if each is not None]
        prefetch_related_objects(self.callers, "appointments")

    def _morning(self, days: int) -> datetime:
        """A moment of the morning so many days after the quarter opened for judgement."""
        day = assessment_opens(self.quarter) + timedelta(days=days)
        return datetime.combine(day, time(9, 30), self.zone) + timedelta(minutes=self.rng.randrange(180))

    def judge(self) -> None:
        """Most officials judge the quarter in its last week."""
        department = self.office.department
        if SelfAssessment.objects.filter(department=department, quarter=str(self.quarter)).exists():
            return
        for official in self.office.people.values():
            moment_of_it = self._morning(self.rng.randrange(6))
            level = self.rng.choices(list(PLACES), list(PLACES.values()))[0]
            evidence, answers = self.rng.choice(EVIDENCE), self.rng.random() < 0.9
            if answers and moment_of_it <= self.at and runs_its_engagement(official, department, moment_of_it):
                assess(department, self.quarter, by=official, at=moment_of_it, level=level, evidence=evidence)

    def call(self) -> None:
        """The system draws on the day after the quarter; a prompt department calls nearly all, a slow one some."""
        drawn_at = self._morning(7)
        if drawn_at > self.at:
            return
        made = draw(self.office.department, self.quarter, seed=f"demo-{self.office.code}-{self.quarter}", at=drawn_at)
        for caller in self.callers:
            for call in list(calls_for_official(caller, made, self.at).filter(state=CallBack.State.WAITING)):
                if call.number <= MOST_CALLED and self.rng.random() < 0.35 + self.office.manner.prompt * 0.65:
                    self._one(call, caller, drawn_at + timedelta(days=1 + self.rng.randrange(24), hours=1))

    def _one(self, call: CallBack, caller: User, at: datetime) -> None:
        came = self.rng.random()
        said = self._said()
        if at + timedelta(days=4) > self.at:
            return
        if came < 0.62:
            take_answers(call, said, by=caller, at=at)
        elif came < 0.7:
            take_refusal(call, by=caller, at=at)
        else:
            for days in range(3):
                call = take_silence(call, by=caller, at=at + timedelta(days=days))

    def _said(self) -> Answers:
        """Answers as good as the department works."""
        rng, prompt = self.rng, self.office.manner.prompt
        answered = rng.choices(list(Rating.Answered), [prompt * 6, 2, (1 - prompt) * 8 + 1])[0]
        could_say = rng.random() < 0.25 + prompt * 0.35
        used = rng.choices(list(Rating.Used), [1, 3, 2])[0] if could_say else Rating.Used.NONE_GIVEN
        stars = min(5, max(1, round(rng.gauss({"yes": 4, "partly": 3}.get(answered, 1.8), 0.8))))
        return Answers(answered, could_say, used, stars, explained=answered != "no" or rng.random() < 0.2)
