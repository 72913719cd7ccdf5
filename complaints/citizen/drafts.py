"""What a citizen has typed of a query that is not filed yet: kept in the session for an hour, and nothing after it.

The session's key is in an HttpOnly cookie; signing in begins an empty session (config/signing_in.py). After filing only
the token is left, for half an hour, so that the last page can be shown again and a repeated click files nothing new.
"""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from django.http import HttpRequest

from complaints.citizen.privacy import holder_of

KEPT_FOR = timedelta(hours=1)
SHOWN_FOR = timedelta(minutes=30)
# Longer than anything that can be filed, so that only what is refused anyway is not kept.
LONGEST_KEPT = 50_000

_NAME = "filing"


@dataclass
class Draft:
    """`typed` is by page and field, as it was typed; `settled` names the pages whose answers were good, `refused` the
    one that was just sent with answers that are not; `token` makes every repetition of the last click the same
    complaint."""

    token: str
    holder: int | None
    kept_at: float
    typed: dict[str, dict[str, str]] = field(default_factory=dict)
    settled: list[str] = field(default_factory=list)
    refused: str = ""
    filed: bool = False

    def answer(self, page: str, name: str) -> str:
        """Return what was typed into a field of a page; empty when nothing was."""
        return self.typed.get(page, {}).get(name, "")

    def note(self, page: str, typed: dict[str, str]) -> bool:
        """Keep what was typed on a page, good or not; return whether it is something else than before."""
        is_new = typed != self.typed.get(page)
        if is_new:
            self.typed[page] = typed
            self.unsettle(page)
        return is_new

    def settle(self, page: str, typed: dict[str, str]) -> None:
        """Keep good answers of a page."""
        self.typed[page] = typed
        self.refused = ""
        if page not in self.settled:
            self.settled.append(page)

    def unsettle(self, page: str) -> None:
        """Ask the page again."""
        if page in self.settled:
            self.settled.remove(page)

    def drop(self, page: str) -> None:
        """Ask the page again, and forget what was typed there."""
        self.unsettle(page)
        self.typed.pop(page, None)


def draft_of(request: HttpRequest, at: datetime) -> Draft | None:
    """Return the draft of this browser, unless it is too old or somebody else signed in or out since."""
    kept = request.session.get(_NAME)
    if not isinstance(kept, dict):
        return None
    try:
        draft = Draft(**kept)
    except TypeError:  # written by another version of this program
        return None
    life = SHOWN_FOR if draft.filed else KEPT_FOR
    if draft.holder != holder_of(request) or not 0 <= at.timestamp() - draft.kept_at < life.total_seconds():
        return None
    return draft


def begin(request: HttpRequest, at: datetime) -> Draft:
    """Return an empty draft with a token of its own."""
    return Draft(token=secrets.token_urlsafe(24), holder=holder_of(request), kept_at=at.timestamp())


def keep(request: HttpRequest, draft: Draft, at: datetime) -> None:
    """Write the draft into the session, in place of the one before."""
    draft.kept_at = at.timestamp()
    request.session[_NAME] = asdict(draft)
    if draft.holder is None:
        request.session.set_expiry(int(KEPT_FOR.total_seconds()))


def keep_token_only(request: HttpRequest, draft: Draft, at: datetime) -> None:
    """Forget everything that was typed, once it is filed."""
    keep(request, Draft(draft.token, draft.holder, at.timestamp(), filed=True), at)


def forget(request: HttpRequest) -> None:
    """Forget the draft, the token with it."""
    request.session.pop(_NAME, None)
