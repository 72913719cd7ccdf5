"""Where this machine's own secrets come from: the environment, else a 0600 file made at the first start."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

NAMES = ("JAWAB_SECRET_KEY", "JAWAB_TRACKING_KEY")


def secrets_of(folder: Path) -> dict[str, str]:
    """Return the secrets of this installation by name; those the environment lacks are read from
    `folder/secrets.env`, which is made (mode 0600, exclusive) when it is missing."""
    given = from_environment()
    if len(given) == len(NAMES):
        return given
    return {**_kept_in(folder / "secrets.env"), **given}


def from_environment() -> dict[str, str]:
    """Return the secrets that the environment gives; production accepts no others (config/checks.py)."""
    return {name: os.environ[name] for name in NAMES if os.environ.get(name)}


def _kept_in(file: Path) -> dict[str, str]:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        _make(file)
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)


def _make(file: Path) -> None:
    """Write new secrets under a name of our own and link it: of two first starts at once, one wins and both read a
    whole file."""
    handle, draft = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)  # exclusive, and 0600
    with os.fdopen(handle, "w") as out:
        out.write("".join(f"{name}={secrets.token_urlsafe(48)}\n" for name in NAMES))
    with contextlib.suppress(FileExistsError):
        os.link(draft, file)
    os.unlink(draft)
