"""Makes the pattern of a life, and proves it: a filling must have the hashes that the trail itself would write."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from django.conf import settings

from complaints.chain import FIRST, digest, text_digest
from complaints.demo.archetypes import Archetype, Model, Row, leeway
from complaints.demo.patterns import Dialect, Fresh, Gap, Link, Pattern, Pick, Seal, Template, introduction_key
from complaints.drafting import content_hash
from complaints.models import (
    Approval,
    Citizen,
    Closure,
    Complaint,
    ContactPoint,
    Draft,
    Duty,
    Event,
    Letter,
    Note,
    Pause,
    Rating,
    Transfer,
)
from complaints.references import address_proof, tracking_code
from departments.worktime import Worktime
from messaging.models import Outgoing

# Names in the data of events that stand for rows of the same life.
_NAMED_ROWS: dict[str, Model] = {
    "approval": Approval,
    "closure": Closure,
    "contact": ContactPoint,
    "draft": Draft,
    "duty": Duty,
    "letter": Letter,
    "note": Note,
    "pause": Pause,
    "rating": Rating,
    "transfer": Transfer,
}
_FRESH = {name: Gap("fresh", number) for number, name in enumerate(Fresh._fields)}


class Unclonable(Exception):
    """A life has something that a pattern cannot carry over; the sentence says what."""


def compiled(archetype: Archetype, *, until: datetime, worktime: Worktime, dialect: Dialect) -> Pattern:
    """Return the pattern of a life whose clones lie before `until`; raise Unclonable where it cannot be cloned."""
    pattern = _Compiler(archetype, dialect).pattern(until, worktime)
    prove(pattern, archetype.rows[Event], dialect)
    return pattern


def prove(pattern: Pattern, events: Sequence[Row], dialect: Dialect) -> None:
    """Check a filling against complaints/chain.py, so that no change there can make clones with broken trails."""
    fresh = Fresh("000-0000-0000", "", "", "name", "address", "place", 1, "code", "proof", pattern.greatest)
    first_keys = [1000 * number for number in range(len(pattern.rows))]
    values = pattern.fill(first_keys, fresh, dialect)
    keys = [values[pattern.place_of(row[0])] for row in pattern.rows[Complaint]]
    shown = [*(moment.replace(tzinfo=UTC) + fresh.shift for moment in pattern.moments), *map(_read, pattern.fixed)]
    previous = FIRST
    for number, (link, event) in enumerate(zip(pattern.links, events, strict=True)):
        previous = digest(
            previous,
            keys[0],
            event["number"],
            event["kind"],
            shown[link.occurred],
            shown[link.recorded],
            event["actor"],
            event["official_id"],
            json.loads(values[pattern.place_of(Gap("data", number))]),
        )
        if previous != values[pattern.place_of(Gap("hash", number))]:
            raise AssertionError("The trail is hashed in another way than patterns.py does; mend it there.")


def _read(iso: str) -> datetime:
    return datetime.fromisoformat(iso).replace(tzinfo=UTC)


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


class _Compiler:
    """Walks over the rows of one life and notes for every value what it is made of."""

    def __init__(self, archetype: Archetype, dialect: Dialect) -> None:
        self._archetype, self._dialect = archetype, dialect
        every = [(model, row["id"]) for model, rows in archetype.rows.items() for row in rows]
        self._keys = {named: Gap("key", number) for number, named in enumerate(every)}
        self._moments: dict[datetime, int] = {}
        self._fixed: dict[datetime, int] = {}
        self._texts: dict[str, int] = {}
        self._constants: list[Any] = []
        complaint = archetype.complaint
        contacts = archetype.rows[ContactPoint]
        self._contact = contacts[0] if contacts else None
        needles = {"reference": complaint["reference"], "place": complaint["place"]}
        if complaint["idempotency_key"]:
            needles["code"] = tracking_code(settings.TRACKING_KEY, complaint["idempotency_key"])
        if self._contact is not None:
            kind, needles["address"] = self._contact["kind"], self._contact["address"]
            needles["proof"] = address_proof(settings.TRACKING_KEY, kind, needles["address"])
        self._needles = {value: _FRESH[name] for name, value in needles.items() if value}
        longest_first = sorted(self._needles, key=len, reverse=True)
        self._needle = re.compile("|".join(map(re.escape, longest_first)))
        self._special: dict[tuple[Model, str], Callable[[Row], Gap]] = {
            (Complaint, "code_hmac"): lambda row: _FRESH["code_hmac"],
            (Complaint, "idempotency_key"): lambda row: _FRESH["token"],
            (Complaint, "district_id"): self._district,
            (Complaint, "trail_hash"): lambda row: Gap("hash", len(archetype.rows[Event]) - 1),
            (Event, "previous_hash"): self._previous_hash,
            (Event, "hash"): lambda row: Gap("hash", row["number"] - 1),
            (Event, "data"): lambda row: Gap("data", row["number"] - 1),
            (Approval, "content_hash"): lambda row: Gap("seal", self._number(Approval, row)),
            (Outgoing, "dedup_key"): lambda row: Gap("message", self._number(Outgoing, row)),
        }

    def pattern(self, until: datetime, worktime: Worktime) -> Pattern:
        rows = {
            model: [[self._gap(model, row, field) for field in model._meta.concrete_fields] for row in rows]
            for model, rows in self._archetype.rows.items()
        }
        self._refuse_measures_of_the_place()
        digests = {text_digest(text): number for text, number in self._texts.items()}
        bound = [name for name in digests if self._is_bound(name)]
        links = [self._link(row, bound) for row in self._archetype.rows[Event]]
        least, greatest = leeway(self._moments, until, worktime)
        complaint, subject = self._archetype.complaint, self._subject()
        return Pattern(
            rows=rows,
            complaint=self._keys[Complaint, complaint["id"]],
            contact=self._contact["kind"] if self._contact else "",
            subject=subject,
            language=complaint["language"],
            least=least,
            greatest=greatest,
            moments=[_naive(moment) for moment in self._moments],
            fixed=[_naive(moment).isoformat(timespec="microseconds") for moment in self._fixed],
            texts=[self._template(text) for text in self._texts],
            digests=[digests[name] for name in bound],
            seals=[self._seal(row, subject) for row in self._archetype.rows[Approval]],
            messages=[self._carried(row) for row in self._archetype.rows[Outgoing]],
            links=links,
            constants=self._constants,
        )

    def _gap(self, model: Model, row: Row, field: Any) -> Gap:
        value, name = row[field.attname], field.attname
        special = self._special.get((model, name))
        if special is not None:
            return special(row)
        if field.primary_key:
            return self._keys[model, value]
        if value is None:
            return self._constant(field, value)
        if field.is_relation:
            return self._keys.get((field.related_model, value)) or self._constant(field, value)
        if isinstance(value, datetime) and not self._archetype.is_fixed(model, row, name):
            return Gap("moment", self._moments.setdefault(value, len(self._moments)))
        if isinstance(value, str) and value:
            return self._text(model, field, value)
        return self._constant(field, value)

    def _text(self, model: Model, field: Any, value: str) -> Gap:
        if (model, field.attname) == (Citizen, "name"):
            return _FRESH["name"]
        if value in self._needles:
            return self._needles[value]
        if self._needle.search(value) or field.get_internal_type() == "TextField":
            return Gap("text", self._texts.setdefault(value, len(self._texts)))
        return self._constant(field, value)

    def _constant(self, field: Any, value: Any) -> Gap:
        self._constants.append(self._dialect.constant(field, value))
        return Gap("constant", len(self._constants) - 1)

    def _number(self, model: Model, row: Row) -> int:
        return [other["id"] for other in self._archetype.rows[model]].index(row["id"])

    def _previous_hash(self, row: Row) -> Gap:
        if row["number"] > 1:
            return Gap("hash", row["number"] - 2)
        return self._constant(Event._meta.get_field("previous_hash"), FIRST)

    def _district(self, row: Row) -> Gap:
        """The district of the new place, where the citizen said it."""
        if row["district_id"] is not None:
            return _FRESH["district"]
        return self._constant(Complaint._meta.get_field("district"), None)

    def _template(self, text: str) -> Template:
        found = [self._needles[needle].number for needle in self._needle.findall(text)]
        if not found:
            return Template(text, None)
        pieces = (piece.replace("%", "%%") for piece in self._needle.split(text))
        return Template("%s".join(pieces), _pick(found))

    def _subject(self) -> Complaint:
        subject = Complaint(**self._archetype.complaint)
        subject.contact = ContactPoint(**self._contact) if self._contact else None
        return subject

    def _seal(self, row: Row, subject: Complaint) -> Seal:
        drafts = (Draft(**draft) for draft in self._archetype.rows[Draft])
        draft = next(draft for draft in drafts if draft.pk == row["draft_id"])
        if content_hash(subject, draft) != row["content_hash"]:
            raise Unclonable("An approval covers another content than the complaint has by now.")
        return Seal(draft, self._texts[draft.text])

    def _refuse_measures_of_the_place(self) -> None:
        """Another place has another number of words, so the share of own words would be another."""
        for row in self._archetype.rows[Draft]:
            if row["standard_text_id"] is not None and row["own_share"] > 0 and self._needle.search(row["text"]):
                raise Unclonable("How much of a draft is from its standard text depends on the place's words.")

    def _carried(self, row: Row) -> Gap | None:
        """Return the key of the letter that a message of the outbox carries; None for an introduction."""
        kind, _, named = row["dedup_key"].partition(":")
        if kind == "letter":
            return self._keys[Letter, int(named)]
        if self._contact is None or row["dedup_key"] != introduction_key(
            self._contact["kind"], self._contact["address"]
        ):
            raise Unclonable(f"The outbox has a message with a key of an unknown kind: {row['dedup_key']}.")
        return None

    def _is_bound(self, name: str) -> bool:
        return any(name in row["data"].values() for row in self._archetype.rows[Event])

    def _link(self, row: Row, bound: Sequence[str]) -> Link:
        shown = []
        for name in ("occurred_at", "recorded_at"):
            if self._archetype.is_fixed(Event, row, name):
                number = len(self._moments) + self._fixed.setdefault(row[name], len(self._fixed))
            else:
                number = self._moments[row[name]]
            shown.append(number)
        return Link(
            f"{row['number']}\n{row['kind']}",
            shown[0],
            shown[1],
            f"{row['actor']}\n{row['official_id'] or ''}",
            self._data(row["data"], bound),
        )

    def _data(self, data: Mapping[str, Any], bound: Sequence[str]) -> Template:
        """Return the data as JSON, written as it is hashed."""
        seals = [row["content_hash"] for row in self._archetype.rows[Approval]]
        parts, found = [], []
        for name, value in sorted(data.items()):
            shown = json.dumps(value, sort_keys=True, separators=(",", ":")).replace("%", "%%")
            if name in _NAMED_ROWS:
                found.append(self._keys[_NAMED_ROWS[name], value].number)
                shown = "%s"
            elif value in bound:
                found.append(len(self._keys) + bound.index(value))
                shown = '"%s"'
            elif name == "content":
                found.append(len(self._keys) + len(bound) + seals.index(value))
                shown = '"%s"'
            parts.append(f"{json.dumps(name)}:{shown}")
        return Template(f"{{{','.join(parts)}}}", _pick(found) if found else None)


def _pick(numbers: Sequence[int]) -> Pick:
    return itemgetter(*numbers)
