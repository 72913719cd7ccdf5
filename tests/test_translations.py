"""The Urdu catalogue: complete, compiled, and faithful to the placeholders."""

import ast
import gettext
import re
from pathlib import Path

import pytest

CATALOGUES = sorted((Path(__file__).resolve().parent.parent / "locale").glob("*/LC_MESSAGES/django.po"))
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
