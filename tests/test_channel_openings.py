"""When each channel was open: the verbs, the admin, the migration, and what H1 makes of it."""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from departments.administration import close_channel, go_live, open_channel, open_channels
from departments.channels import WITHOUT_INTERNET, ChannelKind
from departments.errors import Invalid, NotAllowed, Stale
from departments.models import Channel, ChannelOpening, Department
from engagement.evidence import Ways
from engagement.openings import covers, ways_open
from engagement.periods import Quarter
from tests.admin_site import as_posted, page, signed_in
from tests.lives import day
from tests.world import FOUNDED, World, make_official, make_world

pytestmark = pytest.mark.django_db
MARCH = Quarter(2026, 1)


@pytest.fixture
def alpha() -> World:
    return make_world("alpha")


def openings(channel: Channel) -> list[tuple[datetime, datetime | None]]:
    return list(channel.openings.order_by("since").values_list("since", "until"))


class TestVerbs:
    def test_closing_and_opening_keep_the_moments(self, alpha: World) -> None:
        phone = alpha.channels["phone"]
        close_channel(phone, by=alpha.administrator, at=day(1))
        assert not Channel.objects.get(pk=phone.pk).is_open
        open_channel(phone, by=alpha.centre, at=day(3))
        assert Channel.objects.get(pk=phone.pk).is_open
        assert openings(phone) == [(FOUNDED, day(1)), (day(3), None)]

    def test_a_new_one_is_open_since_it_was_added(self, alpha: World) -> None:
        new = Channel(department=alpha.department, kind="phone", name={"en": "Second"}, address="042-2")
        open_channel(new, by=alpha.administrator, at=day(2))
        assert openings(new) == [(day(2), None)]
        more = [
            Channel(department=alpha.department, kind="sms", name={"en": "S"}, address=a, is_open=False) for a in "ab"
        ]
        assert all(each.is_open and openings(each) == [(day(2), None)]
                   for each in open_channels(more, by=alpha.administrator, at=day(2)))  # fmt: skip

    def test_only_who_administers_the_department(self, alpha: World) -> None:
        beta = make_world("beta")
        for who in (alpha.officer, alpha.head, beta.administrator):
            for verb in (open_channel, close_channel):
                with pytest.raises(NotAllowed):
                    verb(alpha.channels["phone"], by=who, at=day(1))
        mixed = [
            Channel(department=each.department, kind="sms", name={"en": "S"}, address="s") for each in (alpha, beta)
        ]
        with pytest.raises(NotAllowed):
            open_channels(mixed, by=alpha.administrator, at=day(1))
        assert not Channel.objects.filter(address="s").exists()

    def test_twice_is_stale(self, alpha: World) -> None:
        phone = alpha.channels["phone"]
        with pytest.raises(Stale):
            open_channel(phone, by=alpha.centre, at=day(1))
        close_channel(phone, by=alpha.centre, at=day(1))
        with pytest.raises(Stale):
            close_channel(phone, by=alpha.centre, at=day(2))

    def test_time_does_not_run_backwards(self, alpha: World) -> None:
        phone = alpha.channels["phone"]
        close_channel(phone, by=alpha.centre, at=day(5))
        with pytest.raises(Invalid):
            open_channel(phone, by=alpha.centre, at=day(4))
        open_channel(phone, by=alpha.centre, at=day(6))
        with pytest.raises(Invalid):
            close_channel(phone, by=alpha.centre, at=day(5))
        assert openings(phone) == [(FOUNDED, day(5)), (day(6), None)]

    def test_an_opening_of_no_time_leaves_nothing(self, alpha: World) -> None:
        new = Channel(department=alpha.department, kind="phone", name={"en": "Second"}, address="042-2")
        open_channel(new, by=alpha.centre, at=day(2))
        close_channel(new, by=alpha.centre, at=day(2))
        assert openings(new) == []

    def test_the_database_keeps_one_open_and_ends_after_beginnings(self, alpha: World) -> None:
        phone = alpha.channels["phone"]
        for since, until in ((day(1), None), (day(2), day(2))):
            with pytest.raises(IntegrityError), transaction.atomic():
                ChannelOpening.objects.create(channel=phone, since=since, until=until)


class TestAdmin:
    def posted(self, client: Any, alpha: World, **changes: str | None) -> Any:
        address = page(Department, "change", alpha.department.pk)
        posted = as_posted(client.get(address))
        for name, value in changes.items():
            if value is None:
                posted.pop(name.replace("__", "-"))
            else:
                posted[name.replace("__", "-")] = value
        return client.post(address, posted, follow=True)

    def test_the_box_is_the_verbs_to_turn(self, alpha: World) -> None:
        root = make_official("root", "administrator")
        type(root).objects.filter(pk=root.pk).update(is_superuser=True, is_staff=True)
        root.refresh_from_db()
        client = signed_in(root)
        first = Channel.objects.filter(department=alpha.department).order_by("pk").first()
        assert first is not None
        assert (
            self.posted(client, alpha, channels__0__is_open=None, channels__0__address="elsewhere").status_code == 200
        )
        first.refresh_from_db()
        assert (first.is_open, first.address) == (False, "elsewhere")
        assert openings(first)[0][1] is not None
        self.posted(client, alpha, channels__0__is_open="on")
        assert [until is None for _since, until in openings(first)] == [False, True]
        self.posted(client, alpha, channels__0__address="here")
        assert len(openings(first)) == 2

    def test_a_new_row_open_or_closed_and_one_taken_out(self, alpha: World) -> None:
        root = make_official("root", "administrator")
        type(root).objects.filter(pk=root.pk).update(is_superuser=True, is_staff=True)
        root.refresh_from_db()
        client = signed_in(root)
        n = len(alpha.channels)
        row = {f"channels__{n}__kind": "phone", f"channels__{n}__name_en": "Two", f"channels__{n}__address": "2",
               "channels__TOTAL_FORMS": str(n + 1)}  # fmt: skip
        self.posted(client, alpha, **row, **{f"channels__{n}__is_open": "on"})
        assert len(openings(Channel.objects.get(address="2"))) == 1
        row = {name.replace(f"__{n}__", f"__{n + 1}__"): value for name, value in row.items()}
        self.posted(client, alpha, **{**row, f"channels__{n + 1}__address": "3", "channels__TOTAL_FORMS": str(n + 2)})
        closed = Channel.objects.get(address="3")
        assert (closed.is_open, openings(closed)) == (False, [])
        self.posted(client, alpha, **{f"channels__{n + 1}__DELETE": "on"})
        assert not Channel.objects.filter(address="3").exists()


def test_what_was_open_before_counts_as_open_since_its_department_is_live() -> None:
    alpha, beta = make_world("alpha"), make_world("beta", live=False)
    Channel.objects.filter(pk=alpha.channels["sms"].pk).update(is_open=False)
    ChannelOpening.objects.all().delete()
    import_module("departments.migrations.0004_channel_openings").open_what_is_open(apps, None)
    assert openings(alpha.channels["phone"]) == [(FOUNDED, None)]
    assert openings(alpha.channels["sms"]) == []
    [(since, until)] = openings(beta.channels["phone"])
    assert since > FOUNDED
    assert until is None
    assert ChannelOpening.objects.count() == 2 * len(ChannelKind) - 1


class TestWays:
    def close_all(self, world: World, *, offline: bool, at: datetime) -> None:
        for kind, channel in world.channels.items():
            if (kind in WITHOUT_INTERNET) is offline:
                close_channel(channel, by=world.centre, at=at)

    def test_open_throughout(self, alpha: World) -> None:
        assert ways_open([alpha.department], MARCH, day(60)) == {alpha.department.pk: Ways(offline=True, online=True)}

    @pytest.mark.parametrize("offline", [True, False])
    def test_closed_in_the_last_minute(self, alpha: World, offline: bool) -> None:
        self.close_all(alpha, offline=offline, at=day(2))
        before = {alpha.department.pk: Ways(offline=True, online=True)}
        assert ways_open([alpha.department], MARCH, day(2)) == before, "as it was known then"
        after = ways_open([alpha.department], MARCH, day(2) + timedelta(minutes=1))[alpha.department.pk]
        assert after == Ways(offline=not offline, online=offline)
        later = Quarter(2026, 2)
        assert ways_open([alpha.department], later, day(200))[alpha.department.pk] == after
        assert ways_open([alpha.department], Quarter(2025, 4), day(200)) == before

    def test_one_may_follow_another_without_a_gap(self, alpha: World) -> None:
        for kind in WITHOUT_INTERNET - {ChannelKind.PHONE}:
            close_channel(alpha.channels[kind], by=alpha.centre, at=FOUNDED + timedelta(days=1))
        close_channel(alpha.channels["phone"], by=alpha.centre, at=day(3))
        open_channel(alpha.channels["counter"], by=alpha.centre, at=day(3))
        assert ways_open([alpha.department], MARCH, day(9))[alpha.department.pk] == Ways(offline=True, online=True)

    def test_only_since_the_department_takes_queries(self) -> None:
        late = make_world("late", live=False, at=day(-300))
        go_live(late.department, by=late.centre, at=day(1))
        ChannelOpening.objects.update(since=day(1))
        found = [ways_open([late.department], each, day(200))[late.department.pk] for each in (Quarter(2025, 4), MARCH)]
        assert found == [None, Ways(offline=True, online=True)]
        never = make_world("never", live=False)
        assert ways_open([never.department], MARCH, day(9)) == {never.department.pk: None}
        assert ways_open([late.department], Quarter(2026, 3), day(9)) == {late.department.pk: None}, "not begun"

    @pytest.mark.parametrize(
        ("spans", "is_covered"),
        [
            ([], False),
            ([(0, 10)], True),
            ([(0, 4), (4, 10)], True),
            ([(0, 4), (5, 10)], False),
            ([(1, 10)], False),
            ([(0, 9)], False),
            ([(3, 12), (0, 3), (1, 2)], True),
        ],
    )
    def test_spans_that_leave_nothing_out(self, spans: list[tuple[int, int]], is_covered: bool) -> None:
        assert covers([(day(a), day(b)) for a, b in spans], (day(0), day(10))) is is_covered
