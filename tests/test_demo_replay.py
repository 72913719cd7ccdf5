"""The demo's history shows everything that can become of a query; and a clone is a life that the verbs could have
lived: played again from its own rows, it comes out the same."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model

from complaints.answers import OWN_SHARE_NEEDED
from complaints.chain import EventKind
from complaints.deadlines import Standing
from complaints.demo import compiling, growth
from complaints.demo.archetypes import Archetype, read
from complaints.demo.cloning import stocked
from complaints.demo.compiling import Unclonable, compiled
from complaints.demo.manners import MANNERS
from complaints.demo.offices import offices
from complaints.demo.playing import MEMORY, TOKENS, Play, perform
from complaints.demo.sheets import writer
from complaints.models import (
    Approval,
    Closure,
    Complaint,
    Contest,
    Draft,
    Duty,
    Event,
    Flag,
    Letter,
    Pause,
    Rating,
    StageEntry,
    Transfer,
)
from complaints.models.letters import LetterKind
from complaints.outcomes import Outcome
from complaints.readings import language_of
from complaints.references import code_hmac, reference_of, tracking_code
from complaints.stages import Position, position_of
from complaints.trail import broken_links
from departments.channels import ChannelKind
from departments.founding import found
from departments.models import StandardText, User
from departments.sops import Reason, Stage
from departments.worktime import is_open
from messaging.models import Outgoing
from messaging.states import State
from tests.demo_replay import Replay, differences

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clones")]
AT = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)  # a Saturday, 11:30 in Karachi
SEED = "tests"
# Lives of this seed that together show everything (found by playing a thousand), and some more.
TELLING = (
    *(1, 7, 8, 24, 39, 55, 70, 82, 107, 150, 163, 168, 181, 216, 256, 258, 295, 299, 339, 407, 485, 487, 594, 781),
)
NUMBERS = sorted({*TELLING, *range(1000, 1030)})
CLONED, SAMPLE = 300, 40
SILENT = growth.Reporter(lambda what, size: None, lambda more: None)


@pytest.fixture(scope="module")
def clones(django_db_setup, django_db_blocker) -> Iterator[list[int]]:  # type: ignore[no-untyped-def]
    """The keys of clones, made once for all tests here and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        found(at=AT - MEMORY - growth.BEFORE)
        perform(Play(SEED, NUMBERS, AT - MEMORY, AT), offices())
        played = sorted(Complaint.objects.values_list("pk", flat=True))
        growth.add_clones(CLONED, SEED, played, offices(), at=AT, reporter=SILENT)
        if connection.vendor == "postgresql":  # it may have counted the tables when they were empty
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        yield sorted(Complaint.objects.exclude(pk__in=played).values_list("pk", flat=True))
        transaction.set_rollback(True)


def kinds(model: type[Model], field: str) -> set[Any]:
    return set(model._default_manager.values_list(field, flat=True))


def test_the_history_shows_everything() -> None:
    assert kinds(Complaint, "language") == {"en", "ur"}
    assert kinds(Complaint, "reason") == set(Reason.values)
    assert kinds(Complaint, "anonymity") == set(Complaint.Anonymity.values)
    assert kinds(Complaint, "channel__kind") == set(ChannelKind.values) - {ChannelKind.TELEGRAM}
    assert kinds(Complaint, "department__code") == set(MANNERS)
    assert kinds(Closure, "outcome") == set(Outcome.values)
    assert kinds(Event, "kind") == set(EventKind.values) - {EventKind.DUE_MOVED, EventKind.BOUNCED}
    assert kinds(Letter, "kind") == set(LetterKind.values)
    assert kinds(Transfer, "accepted") == {True, False, None}
    assert kinds(Pause, "upheld") == {True, False, None}
    assert kinds(Contest, "upheld") == {True, False, None}
    shares = set(Draft.objects.exclude(standard_text=None).values_list("own_share", flat=True))
    assert 0.0 in shares
    assert any(OWN_SHARE_NEEDED < share < 1 for share in shares)
    assert kinds(Rating, "stars") == {1, 2, 3, 4, 5}
    assert kinds(Flag, "level") == {0, 1, 2, 3}
    assert kinds(Duty, "cause") == set(Duty.Cause.values) - {Duty.Cause.HOLIDAY}
    assert set(Duty.objects.as_of(AT).values_list("standing", flat=True)) == set(Standing.values)
    assert StageEntry.objects.filter(left_at__isnull=True, owner__isnull=True, stage=Stage.CONTENT).exists()


def test_the_history_has_every_position() -> None:
    entries = dict(StageEntry.objects.filter(left_at__isnull=True).values_list("complaint", "stage"))
    concluded = set(Closure.objects.filter(voided_at__isnull=True).values_list("complaint", flat=True))
    every = Complaint.objects.values_list("pk", flat=True)
    assert {position_of(entries.get(pk), concluded=pk in concluded) for pk in every} == set(Position)


def test_texts_are_in_the_citizens_language_and_have_no_gaps() -> None:
    for model in (Complaint, Letter):
        for text, language in model._default_manager.values_list("text", "language"):
            assert "{" not in text
            assert language_of(text) == language, text


def of_all_shapes(clones: list[int]) -> list[Archetype]:
    """Return a seeded sample in which no two have the same events, while there are such."""
    shuffled = [read([pk])[pk] for pk in Random(SEED).sample(clones, 120)]
    shapes = {tuple(event["kind"] for event in life.rows[Event]): life for life in shuffled}
    return [*shapes.values(), *shuffled][:SAMPLE]


def people() -> dict[int, User]:
    return {user.pk: user for user in User.objects.prefetch_related("appointments")}


def test_a_clone_played_again_by_the_verbs_has_the_same_rows(clones: list[int]) -> None:
    sample, officials = of_all_shapes(clones), people()
    assert len({tuple(event["kind"] for event in life.rows[Event]) for life in sample}) > SAMPLE * 3 / 4
    for life in sample:
        with transaction.atomic():
            found_other = list(differences(life, Replay(life, officials).play()))
            transaction.set_rollback(True)
        assert found_other == [], life.complaint["reference"]


def test_the_comparison_sees_one_changed_value(clones: list[int]) -> None:
    life = next(life for life in of_all_shapes(clones) if life.rows[Duty])
    again = Replay(life, people()).play()
    Duty.objects.filter(complaint=again, code="R2").update(due_at=AT)
    assert any("Duty" in sentence and "due_at" in sentence for sentence in differences(life, again))


def test_reference_and_code_follow_from_the_token(clones: list[int]) -> None:
    key = settings.TRACKING_KEY
    for complaint in Complaint.objects.filter(pk__in=clones):
        token = complaint.idempotency_key or ""
        assert token.startswith(f"{TOKENS}{SEED}:clone:")
        assert complaint.reference == reference_of(key, token, 0)
        assert complaint.code_hmac == code_hmac(key, tracking_code(key, token))


def test_every_chain_is_whole(clones: list[int]) -> None:
    assert list(broken_links()) == []
    one = Complaint.objects.get(pk=clones[0])
    last = one.events.get(number=one.trail_length)
    assert one.trail_hash == last.hash


def test_clones_differ_in_names_places_addresses_and_moments(clones: list[int]) -> None:
    copies = Complaint.objects.filter(pk__in=clones)
    assert copies.values("reference").distinct().count() == CLONED
    assert copies.values("place").distinct().count() > CLONED * 0.9
    assert copies.values("recorded_at").distinct().count() > CLONED * 0.9
    addresses = copies.exclude(contact=None).values_list("contact__address", flat=True)
    assert len(set(addresses)) == len(addresses)
    assert not Outgoing.objects.filter(state=State.PENDING).exists()


def test_nothing_happens_at_or_after_the_present(clones: list[int]) -> None:
    assert not Event.objects.filter(recorded_at__gte=AT).exists()
    assert not Complaint.objects.filter(moved_at__gte=AT).exists()
    assert not Flag.objects.filter(flagged_at__gte=AT).exists()
    assert not Outgoing.objects.filter(state_at__gte=AT).exists()


def test_officials_act_in_office_hours(clones: list[int]) -> None:
    worktimes = {office.department.pk: office.worktime for office in offices()}
    acts = Event.objects.filter(complaint__in=clones, actor="official").exclude(kind="delivered")
    for department, moment in acts.values_list("complaint__department", "recorded_at"):
        assert is_open(worktimes[department], moment)


def test_few_clones_are_open_and_one_department_has_the_most(clones: list[int]) -> None:
    concluded = Closure.objects.filter(voided_at__isnull=True).values("complaint")
    still_open = StageEntry.objects.filter(complaint__in=clones, left_at__isnull=True).exclude(complaint__in=concluded)
    assert 0.01 < still_open.count() / CLONED < 0.1
    works = Complaint.objects.filter(pk__in=clones, department__code="works").count()
    assert 0.3 < works / CLONED < 0.5


def test_the_next_key_of_every_table_is_free(clones: list[int]) -> None:
    """Filing goes on after a load: what is written by hand must not meet a key of a clone."""
    again = Replay(read([clones[0]])[clones[0]], people()).play()
    assert again.pk > max(clones)


def test_a_life_whose_approval_covers_something_else_is_not_cloned(clones: list[int]) -> None:
    one = Approval.objects.filter(draft__complaint__in=clones).first()
    assert one is not None
    Approval.objects.filter(pk=one.pk).update(content_hash="0" * 64)
    life, office = read([one.draft.complaint_id])[one.draft.complaint_id], offices()[0]
    with pytest.raises(Unclonable, match="another content"):
        compiled(life, until=AT, worktime=office.worktime, dialect=writer())
    others = Complaint.objects.filter(drafts=None, pk__in=clones).values_list("pk", flat=True)[:3]
    stock = stocked(SEED, [one.draft.complaint_id, *others], offices(), at=AT, count=10)
    assert len(stock.patterns) == len(others)


def test_a_life_whose_measure_depends_on_its_place_is_not_cloned(clones: list[int]) -> None:
    one = Draft.objects.filter(complaint__in=clones, standard_text=None).exclude(complaint__place="").first()
    assert one is not None
    begun = {"standard_text": StandardText.objects.first(), "own_share": 0.5, "text": one.complaint.place}
    Draft.objects.filter(pk=one.pk).update(**begun)
    with pytest.raises(Unclonable, match="the place's words"):
        compiled(read([one.complaint_id])[one.complaint_id], until=AT, worktime=offices()[0].worktime,
                 dialect=writer())  # fmt: skip


def test_a_message_that_is_no_letter_is_not_cloned(clones: list[int]) -> None:
    letter = Letter.objects.filter(complaint__in=clones, outgoing__dedup_key__startswith="letter:").first()
    assert letter is not None
    Outgoing.objects.filter(pk=letter.outgoing_id).update(dedup_key="campaign:1")
    with pytest.raises(Unclonable, match="unknown kind"):
        compiled(read([letter.complaint_id])[letter.complaint_id], until=AT, worktime=offices()[0].worktime,
                 dialect=writer())  # fmt: skip


def test_a_trail_hashed_in_another_way_stops_the_load(clones: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "digest", lambda *fields: "0" * 64)
    with pytest.raises(AssertionError, match="hashed in another way"):
        stocked(SEED, clones[:1], offices(), at=AT, count=1)
