"""Fails unless every branch of every rule and verb was taken by the tests.

Which modules those are is read from `.importlinter`: of a room's layers, all but the edges (the first) and the records
(the one with `models`). There is no second list to forget.
"""

import configparser
import sys
from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parent.parent
NAMED_MISSING = 2


def layers_of_rooms(config: Path) -> dict[str, list[list[str]]]:
    """Return each room's layers, top to bottom, as lists of module names."""
    parser = configparser.ConfigParser()
    parser.read(config)
    rooms = {}
    for name in parser.sections():
        contract = parser[name]
        if "containers" in contract:
            lines = contract["layers"].strip().splitlines()
            rooms[contract["containers"].strip()] = [[m.strip(" ()") for m in line.split(":")] for line in lines]
    return rooms


def deciding_modules(rooms: dict[str, list[list[str]]]) -> list[Path]:
    """Return the files and folders of all rules and verbs."""
    found = []
    for room, (_edges, *rest) in rooms.items():
        for layer in rest:
            if "models" not in layer:
                found += [path_of(room, module) for module in layer]
    return found


def path_of(room: str, module: str) -> Path:
    """Return the file of a module, or the folder of a package."""
    folder = ROOT / room / module
    return folder if folder.is_dir() else folder.with_suffix(".py")


def main() -> int:
    modules = deciding_modules(layers_of_rooms(ROOT / ".importlinter"))
    missing = [str(path.relative_to(ROOT)) for path in modules if not path.exists()]
    if missing:
        print("named in .importlinter, but not there:", ", ".join(missing))
        return NAMED_MISSING
    measured = coverage.Coverage()
    measured.load()
    include = [str(path / "*" if path.is_dir() else path) for path in modules]
    percent = measured.report(include=include, show_missing=True, skip_covered=True)
    return 0 if percent >= 100 else 1


if __name__ == "__main__":
    sys.exit(main())
