"""The Urdu catalogue: complete, compiled, and faithful to the placeholders."""

import ast
import gettext
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
ROOMS = ("config", "departments", "messaging", "complaints", "engagement")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|</?\w+>")

Entry = tuple[str, tuple[str, ...]]


def entries(po: Path) -> list[Entry]:
    """Return (msgid, translations) for each text of a .po file but its header; plurals have several translations."""
    found = []
    for block in po.read_text().split("\n\n")[1:]:
        assert "fuzzy" not in block, f"not confirmed: {block}"
        texts: dict[str, str] = {}
        keyword = ""
        for line in block.strip().splitlines():
            if match := re.match(r'(msg\w+(?:\[\d\])?) (".*")$', line):
                keyword = match[1]
                texts[keyword] = ast.literal_eval(match[2])
            elif line.startswith('"'):
                texts[keyword] += ast.literal_eval(line)
        found.append((texts["msgid"], tuple(text for key, text in texts.items() if key.startswith("msgstr"))))
    return found


def test_no_text_stands_in_an_f_string() -> None:
    """The catalogue's collector does not read those, so that such a text would be English in every language."""
    names = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}

    def translates(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names

    def hides(node: ast.AST) -> bool:
        if isinstance(node, ast.JoinedStr):
            return any(map(translates, ast.walk(node)))
        return translates(node) and any(isinstance(inside, ast.JoinedStr) for inside in ast.walk(node))

    found = []
    for path in (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))):
        expressions = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.expr))
        found += [f"{path.name}:{node.lineno}" for node in expressions if hides(node)]
    assert found == []


def test_there_is_a_catalogue() -> None:
    assert [po.parent.parent.name for po in CATALOGUES] == ["ur"]


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda po: po.parent.parent.name)
def test_every_text_is_translated_and_keeps_its_placeholders(po: Path) -> None:
    for text, translations in entries(po):
        assert all(translations), f"not translated: {text}"
        for translation in translations:
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(translation)), text


@pytest.mark.parametrize("po", CATALOGUES, ids=lambda po: po.parent.parent.name)
def test_the_compiled_catalogue_is_up_to_date(po: Path) -> None:
    with po.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    wanted: dict[object, str] = {}
    for text, translations in entries(po):
        if len(translations) == 1:
            wanted[text] = translations[0]
        else:
            wanted |= {(text, number): translation for number, translation in enumerate(translations)}
    assert {key: value for key, value in compiled.items() if key} == wanted, "run script/translations"
