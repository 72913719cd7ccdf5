"""What a life needs to know of the departments: people with their posts, channels, catalogue and manner, and of the
districts; read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from django.db.models import QuerySet

from complaints.demo.manners import MANNERS, Manner
from departments.founding import CENTRE_POSTS, POSTS
from departments.models import Category, Channel, Department, District, StandardText, User
from departments.worktime import Worktime


@dataclass(frozen=True)
class Office:
    """A department of the demo. `people` by post, their appointments already fetched; `channels` by kind. `districts`,
    by code, are those of the country, the same for all."""

    department: Department
    worktime: Worktime
    manner: Manner
    people: Mapping[str, User]
    channels: Mapping[str, Channel]
    categories: Mapping[str, Sequence[Category]]
    districts: Mapping[str, District]
    texts: Sequence[StandardText]

    @property
    def code(self) -> str:
        return self.department.code

    def officer(self, rng: Random) -> User:
        """Return one of the two who answer."""
        return self.people[rng.choice(("officer1", "officer1", "officer2"))]

    def text_for(self, reason: str, language: str) -> StandardText | None:
        """Return the standard text for a reason."""
        return next((text for text in self.texts if (text.reason, text.language) == (reason, language)), None)


def offices() -> list[Office]:
    """Return the demo's departments that are there, by code."""
    departments = Department.objects.filter(code__in=MANNERS).select_related("calendar").order_by("code")
    people = {user.username: user for user in officials().prefetch_related("appointments")}
    districts = {district.code: district for district in District.objects.all()}
    return [_office(department, people, districts) for department in departments]


def officials() -> QuerySet[User]:
    """The accounts of the nine departments and the centre, by the names that the founding gives them."""
    names = [f"{code}.{post}" for code in MANNERS for post in POSTS] + [f"centre.{post}" for post in CENTRE_POSTS]
    return User.objects.filter(username__in=names)


def _office(department: Department, people: Mapping[str, User], districts: Mapping[str, District]) -> Office:
    categories: dict[str, list[Category]] = {}
    for line in Category.objects.filter(department=department, is_open=True).select_related("section").order_by("code"):
        categories.setdefault(line.reason, []).append(line)
    open_channels = Channel.objects.filter(department=department, is_open=True).order_by("pk")
    channels: dict[str, Channel] = {}
    for channel in open_channels:
        channel.department = department
        channels.setdefault(channel.kind, channel)
    return Office(
        department,
        department.calendar.worktime(),
        MANNERS[department.code],
        {post: people[f"{department.code}.{post}"] for post in POSTS},
        channels,
        categories,
        districts,
        list(StandardText.objects.of(department.pk).filter(is_open=True).order_by("pk")),
    )
