"""What no source may do, whoever writes it: read cases past `visible_to`, name all fields, switch escaping or the
forms' token off, or put script and style into a page."""

import ast
import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("departments", "messaging", "complaints", "engagement", "config")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CASES = {model.__name__ for model in apps.get_app_config("complaints").get_models()}
# Edges that no person reads through: commands and tasks work for the machine, the demo makes what it shows.
NO_READER = {"management", "tasks", "demo"}
# Functions of edges that read cases without `visible_to`, each with its reason.
_OF_ONE = "asks for what belongs to the one case that `situation` found among the visible ones"
_OF_CALL = "asks for the closure of the one case of a call that `calls_for_official` found, by `visible_to`"
_BESIDE = "fetches what stands beside cases that the caller asked for by `visible_to`"
READS_WITHOUT_VISIBLE_TO = {
    "complaints/api/filters.py::ComplaintFilter.in_stage": "narrows a list that `visible_to` made",
    "complaints/api/filters.py::ComplaintFilter.with_duty": "narrows a list that `visible_to` made",
    "complaints/api/showing.py::for_reading": _BESIDE,
    "complaints/api/showing.py::for_rows": _BESIDE,
    "complaints/desk/forms.py::DeliverForm.prepare": _OF_ONE,
    "complaints/desk/forms.py::DraftForm.prepare": _OF_ONE,
    "complaints/desk/situation.py::_drafts": _OF_ONE,
    "complaints/desk/situation.py::_with_unread": "counts the notices of the official himself",
    "complaints/desk/situation.py::situation": _OF_ONE,
    "engagement/dashboard/calls.py::_can_be_reopened": _OF_CALL,
}
# Where text is declared to be markup, each with its reason.
DECLARED_SAFE = {
    "engagement/charts/sheet.py": "writes the picture by ElementTree, which escapes",
}
# Where the forms' token is not asked for, each with its reason.
WITHOUT_CSRF_TOKEN: dict[str, str] = {}


def edges() -> list[Path]:
    """Return the files of the topmost layer of the rooms that know cases, as .importlinter draws it, and of config."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    found = set((ROOT / "config").glob("*.py"))
    for room in ("complaints", "engagement"):
        top = config[f"importlinter:contract:{room}"]["layers"].strip().splitlines()[0]
        for module in set(re.findall(r"\w+", top)) - NO_READER:
            found |= {ROOT / room / f"{module}.py", *(ROOT / room / module).rglob("*.py")}
    return sorted(path for path in found if path.exists())


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST, before: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Yield each function with its class's name before it, and what stands in no function as the module itself."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from functions(node, f"{before}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{before}{node.name}", node
        else:
            yield before.rstrip(".") or "<module>", node


def reads_cases(node: ast.AST) -> bool:
    """Whether it asks for rows of cases: by a manager, or by a model given to a look-up."""
    asked: list[ast.expr] = []
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and inner.attr in ("objects", "_default_manager"):
            asked.append(inner.value)
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id.startswith("get_"):
            asked.extend(inner.args)
    return any(isinstance(model, ast.Name) and model.id in CASES for model in asked)


def past(tree: ast.AST) -> list[str]:
    """Return the functions that read cases without naming `visible_to`."""
    return [name for name, node in functions(tree) if reads_cases(node) and not mentions(node, "visible_to")]


def mentions(node: ast.AST, *names: str) -> bool:
    return any(
        (inner.id if isinstance(inner, ast.Name) else inner.attr) in names
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name | ast.Attribute)
    )


def test_there_are_edges() -> None:
    assert ROOT / "complaints" / "admin.py" in edges()


def test_no_edge_reads_cases_past_visible_to() -> None:
    found = {f"{named(path)}::{name}" for path in edges() for name in past(ast.parse(path.read_text()))}
    assert sorted(found - set(READS_WITHOUT_VISIBLE_TO)) == []
    stated = {entry for entry in READS_WITHOUT_VISIBLE_TO if (ROOT / entry.partition("::")[0]).exists()}
    assert sorted(stated - found) == [], "take these out of the list"


@pytest.mark.parametrize(
    ("text", "is_bad"),
    [
        ("def f(): return Complaint.objects.filter(visible_to(me))", False),
        ("def f(): return Complaint.objects.all()", True),
        ("class V:\n    queryset = Complaint.objects.all()", True),
        ("class V:\n    def f(self): return Letter._default_manager.get(pk=1)", True),
        ("def f(): return get_object_or_404(Draft, pk=1)", True),
        ("def f(): return Department.objects.all()", False),
    ],
)
def test_the_rule_itself(text: str, is_bad: bool) -> None:
    assert bool(past(ast.parse(text))) is is_bad


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_fields_are_named_one_by_one(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef) and node.name == "Meta":
            for line in node.body:
                targets = [t.id for t in getattr(line, "targets", []) if isinstance(t, ast.Name)]
                assert "exclude" not in targets, f"line {line.lineno}: list the fields that are meant"
                value = getattr(line, "value", None)
                is_all = isinstance(value, ast.Constant) and value.value == "__all__"
                assert not ("fields" in targets and is_all), f"line {line.lineno}: list the fields that are meant"


def test_nothing_else_is_declared_safe() -> None:
    found = {
        named(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and mentions(node.func, "mark_safe", "SafeString", "SafeText")
    }
    assert found == set(DECLARED_SAFE), "let the template escape it"


def test_the_token_is_asked_for_everywhere_else() -> None:
    found = {named(path) for path in SOURCES if mentions(ast.parse(path.read_text()), "csrf_exempt")}
    assert found == set(WITHOUT_CSRF_TOKEN)


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_pages_bring_no_script_style_or_unescaped_text(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\|\s*safe\b|\bsafeseq\b|autoescape\s+off", text), "escaping is off"
    assert not re.search(r"\son\w+\s*=\s*[\"']", text), "a handler in the page"
    assert not re.search(r"\sstyle\s*=|<style\b|javascript:", text), "style or script in the page"
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text), "script in the page"
    assert not re.search(r"(?:src|href|action)=[\"'](?:https?:)?//", text), "something from another host"


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_each_form_that_changes_something_has_its_token(path: Path) -> None:
    text = path.read_text()
    posts = re.findall(r"<form\b[^>]*method=[\"']post[\"'][^>]*>.*?</form>", text, re.IGNORECASE | re.DOTALL)
    assert all("{% csrf_token %}" in form for form in posts)
