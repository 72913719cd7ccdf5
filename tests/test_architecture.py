"""The house rules that a machine can hold: which way imports and foreign keys point, and what things are called."""

import ast
import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model

ROOT = Path(__file__).resolve().parent.parent
# From the bottom up: a room may point to those before it.
ROOMS = ["departments", "messaging", "complaints", "engagement"]
SAYS_NOTHING = {"utils", "helpers", "helper", "services", "service", "common", "constants", "misc", "lib"}
SOURCES = sorted(
    path for folder in [*ROOMS, "config"] for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts
)
MODELS = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]


def level(model: type[Model]) -> int:
    """How high a model's room is; Django's own models lie below all."""
    label = model._meta.app_label
    return ROOMS.index(label) if label in ROOMS else -1


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_downward_and_leave_no_trace_above(model: type[Model]) -> None:
    for field in model._meta.get_fields(include_hidden=True):
        if not field.is_relation or field.auto_created or field.related_model is None:
            continue
        target = field.related_model
        assert level(target) <= level(model), f"{model._meta.label}.{field.name} points upward to {target._meta.label}"
        if -1 < level(target) < level(model):
            related_name = field.remote_field.related_name or ""
            assert related_name.endswith("+"), f'{model._meta.label}.{field.name} needs related_name="+"'


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_model_shows_an_accessor_to_a_higher_room(model: type[Model]) -> None:
    for field in model._meta.get_fields():
        if field.auto_created and field.is_relation:
            assert level(field.related_model) <= level(model), f"{model._meta.label}.{field.get_accessor_name()}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_say_what_is_decided_there(path: Path) -> None:
    assert not {path.stem, *path.relative_to(ROOT).parts} & SAYS_NOTHING


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_stand_at_the_top_and_files_stay_readable(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 400, "split it by what it decides"
    deferred = [node.lineno for function in functions(ast.parse(text)) for node in imports(function)]
    assert deferred == [], f"imports inside functions at lines {deferred}"


def test_files_of_tests_stay_readable() -> None:
    lines = {path.name: path.read_text().count("\n") for path in (ROOT / "tests").rglob("*.py")}
    assert {name: n for name, n in lines.items() if n > 400} == {}, "split it by what it tests"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_are_short(path: Path) -> None:
    long = [f.name for f in functions(ast.parse(path.read_text())) if (f.end_lineno or 0) - f.body[0].lineno >= 45]
    assert long == []


def test_every_module_of_a_room_has_its_layer() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    for room in ROOMS:
        contract = config[f"importlinter:contract:{room}"]
        named = set(re.findall(r"\w+", contract["layers"] + contract.get("exhaustive_ignores", "")))
        there = {
            path.stem for path in (ROOT / room).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
        }
        assert there - {"__init__", "__pycache__"} <= named, "each new module needs one word in .importlinter"
        assert named <= there, "a layer names a module that is gone"


def test_the_glossary_knows_every_record() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    unknown = [model.__name__ for model in MODELS if not re.search(rf"\b{model.__name__}\b", glossary)]
    assert unknown == []


def test_no_message_is_linked_by_the_host_that_the_browser_claims() -> None:
    assert [path for path in SOURCES if "build_absolute_uri" in path.read_text()] == []


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def imports(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom))
