"""Forms: the same markup as govuk-frontend's own, tied together for screen readers, nothing typed lost."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from departments.patterns import Checkboxes, PatternForm, Radios

FIXTURES = json.loads((Path(__file__).parent / "govuk_fixtures.json").read_text())["fixtures"]
FIELDS = [fixture for fixture in FIXTURES if fixture["component"] != "error-summary"]
SUMMARIES = [fixture for fixture in FIXTURES if fixture["component"] == "error-summary"]
VOID = {"input", "br"}
# What Django adds, and what says the same in both: the size of a label is the form's own choice.
OURS = {"aria-invalid", "cols"}
SIZES = re.compile(r"govuk-(label|fieldset__legend)--(s|m|l|xl)$")

Node = tuple[str, dict[str, str], list[Any]]


class Tree(HTMLParser):
    """Reads markup as nested (tag, attributes, children), so that spaces and the order of attributes do not count."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.root: list[Any] = []
        self.path: list[list[Any]] = [self.root]
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs if name not in OURS}
        if "class" in told:
            told["class"] = " ".join(sorted(name for name in told["class"].split() if not SIZES.match(name)))
        children: list[Any] = []
        self.path[-1].append((tag, told, children))
        if tag not in VOID:
            self.path.append(children)

    def handle_endtag(self, tag: str) -> None:
        self.path.pop()

    def handle_data(self, data: str) -> None:
        if said := " ".join(data.split()):
            self.path[-1].append(said)


def tree(markup: str) -> list[Any]:
    return Tree(markup).root


def form_with(fields: dict[str, forms.Field], values: dict[str, Any]) -> PatternForm:
    """A form of these fields, filled in, that has found no error yet."""
    form: PatternForm = type("Form", (PatternForm,), dict(fields))(values, auto_id="%s")
    form._errors = forms.utils.ErrorDict()
    form.cleaned_data = {}
    return form


def form_of(fixture: dict[str, Any]) -> PatternForm:
    """The form with one field that says what the fixture's options say."""
    options = fixture["options"]
    name = options.get("id") or options.get("idPrefix") or options["name"]
    items = options.get("items", [])
    legend = options.get("fieldset", {}).get("legend") or options["label"]
    choices = [(str(item["value"]), mark_safe(item.get("html") or item["text"])) for item in items]
    hints = {item["value"]: item["hint"]["text"] for item in items if "hint" in item}
    attrs = {"class": options["classes"]} if "classes" in options else {}
    kinds = {
        "input": lambda: forms.CharField(max_length=9, widget=forms.TextInput(attrs)),
        "textarea": lambda: forms.CharField(widget=forms.Textarea({"rows": 5})),
        "select": lambda: forms.ChoiceField(choices=choices),
        "radios": lambda: forms.ChoiceField(choices=choices, widget=Radios(hints=hints)),
        "checkboxes": lambda: forms.MultipleChoiceField(choices=choices, widget=Checkboxes(hints=hints)),
    }
    field = kinds[fixture["component"]]()
    field.label = legend["text"]
    field.help_text = options.get("hint", {}).get("text", "")
    chosen = [str(item["value"]) for item in items if item.get("checked") or item.get("selected")]
    values = chosen if fixture["component"] == "checkboxes" else "".join(chosen)
    form = form_with({name: field}, {name: values})
    if legend.get("isPageHeading"):
        form.page_heading = name
    if "errorMessage" in options:
        form.add_error(name, options["errorMessage"]["text"])
    return form


def expected(fixture: dict[str, Any]) -> str:
    """The fixture's markup with the names and numbers that Django gives the inputs of a group; a choice that is not
    open to be chosen has no like here."""
    options, html = fixture["options"], fixture["html"]
    name = options.get("id") or options.get("idPrefix") or options["name"]
    if fixture["component"] in ("radios", "checkboxes"):
        for number, item in enumerate(options["items"]):
            theirs = item.get("id") or name + (f"-{number + 1}" if number else "")
            for before in (' id="', ' for="', ' aria-describedby="'):
                for after in ('"', "-item-hint"):
                    html = html.replace(f"{before}{theirs}{after}", f"{before}{name}_{number}{after}")
            html = html.replace(f'name="{item.get("name")}"', f'name="{name}"')
    elif "name" in options:
        html = html.replace(f'name="{options["name"]}"', f'name="{name}"')
    return html.replace(" disabled", "")


@pytest.mark.parametrize("fixture", FIELDS, ids=lambda one: f"{one['component']}: {one['name']}")
def test_a_field_is_what_govuk_frontend_renders(fixture: dict[str, Any]) -> None:
    form = form_of(fixture)
    (field,) = form
    assert tree(field.as_field_group()) == tree(expected(fixture))


@pytest.mark.parametrize("fixture", SUMMARIES, ids=lambda one: one["name"])
def test_an_error_summary_is_what_govuk_frontend_renders(fixture: dict[str, Any]) -> None:
    errors = fixture["options"]["errorList"]
    fields = {error["href"][1:]: forms.CharField() for error in errors if "href" in error}
    form = form_with(fields, {})
    for error in errors:
        form.add_error(error["href"][1:] if "href" in error else None, error["text"])
    assert tree(render_to_string("form/errors.html", {"form": form})) == tree(fixture["html"])


class Filing(PatternForm):
    reason = forms.ChoiceField(choices=[("a", "A road"), ("b", "A bridge")], widget=Radios)
    text = forms.CharField(max_length=10, widget=forms.Textarea)
    agreed = forms.BooleanField(label="I agree", help_text="You must")
    day = forms.DateField(required=False)
    photo = forms.FileField(required=False)
    secret = forms.CharField(widget=forms.PasswordInput)
    token = forms.CharField(widget=forms.HiddenInput)


def rendered(form: PatternForm) -> str:
    return render_to_string("form/errors.html", {"form": form}) + "".join(field.as_field_group() for field in form)


def test_what_was_typed_stays_with_the_reason_why_it_will_not_do() -> None:
    form = Filing({"reason": "b", "text": "<script>x</script> too long", "day": "soon", "secret": "word", "token": "t"})
    page = rendered(form)
    assert "&lt;script&gt;x&lt;/script&gt; too long</textarea>" in page
    assert 'value="soon"' in page
    assert re.search(r'value="b"[^>]* checked', page)
    assert 'value="word"' not in page, "a password is never sent back"
    assert "<script" not in page
    assert "at most 10 characters" in page


def test_the_summary_leads_to_an_input_that_is_there() -> None:
    page = rendered(Filing({}))
    targets = re.findall(r'<a href="#([^"]+)"', page)
    assert targets == ["id_reason_0", "id_text", "id_agreed", "id_secret"]
    assert all(f'id="{target}"' in page for target in targets)
    assert page.count("This field is required.") == 4 * 2 + 1, "the hidden one has no field to stand at"


def test_a_prefix_keeps_ids_apart() -> None:
    page = rendered(Filing({}, prefix="first"))
    assert 'id="id_first-text-error"' in page
    assert 'aria-describedby="id_first-text-error"' in page


def test_the_browser_cuts_nothing_and_speaks_no_language_of_its_own() -> None:
    page = rendered(Filing())
    assert "maxlength" not in page
    assert "required" not in page


def test_a_form_without_errors_has_no_summary() -> None:
    assert rendered(Filing()).startswith("<div")
    assert "govuk-error-summary" not in rendered(Filing())


def test_speaks_urdu() -> None:
    with translation.override("ur"):
        page = rendered(Filing({"text": "ب" * 11}))
    assert "کچھ درست نہیں" in page
    assert "زیادہ سے زیادہ 10 حروف لکھیں" in page
    assert "This field" not in page


def test_a_widget_without_a_pattern_is_djangos_own() -> None:
    form = form_with({"when": forms.SplitDateTimeField()}, {})
    assert 'name="when_0"' in rendered(form)


def test_other_forms_keep_their_look() -> None:
    class Plain(forms.Form):
        text = forms.CharField()

    assert "govuk" not in str(Plain()["text"].as_field_group())


def test_errors_of_the_whole_form_come_first() -> None:
    form = Filing({})
    form.add_error(NON_FIELD_ERRORS, "Somebody else was faster.")
    assert render_to_string("form/errors.html", {"form": form}).index("Somebody") < rendered(form).index("required")
