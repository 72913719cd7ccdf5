"""Fails unless every branch of every rule and verb was taken by the tests; with --modules, names them for `--cov`.

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


def files_of(path: Path) -> list[Path]:
    """Return the sources of a module, or of all modules in a package."""
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def path_of(room: str, module: str) -> Path:
    """Return the file of a module, or the folder of a package."""
    folder = ROOT / room / module
    return folder if folder.is_dir() else folder.with_suffix(".py")


def main() -> int:
    modules = deciding_modules(layers_of_rooms(ROOT / ".importlinter"))
    if sys.argv[1:] == ["--modules"]:
        print("\n".join(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in modules))
        return 0
    missing = [path for path in modules if not path.exists()]
    if missing:
        return complain("named in .importlinter, but not there", missing)
    measured = coverage.Coverage()
    measured.load()
    files = [file for path in modules for file in files_of(path)]
    met = measured.get_data().measured_files()
    unmet = [file for file in files if str(file) not in met and file.read_text().strip()]
    if unmet:
        return complain("no test comes to", unmet)
    percent = measured.report(include=[str(file) for file in files], show_missing=True, skip_covered=True)
    return 0 if percent >= 100 else 1


def complain(what: str, paths: list[Path]) -> int:
    print(f"{what}:", ", ".join(str(path.relative_to(ROOT)) for path in paths))
    return NAMED_MISSING


if __name__ == "__main__":
    sys.exit(main())
