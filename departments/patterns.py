"""Forms with the markup of govuk-frontend: label, hint, error above the input, and what ties them together for a screen
reader. Only forms made of `PatternForm` look so; Django's admin keeps its own look."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import BaseRenderer, DjangoTemplates
from django.template.loader import get_template

# Django's template of a widget, and ours.
_TEMPLATES = {
    f"django/forms/widgets/{name}.html": f"pattern/{ours}.html"
    for ours, names in {
        "input": ("text", "number", "email", "url", "password", "date", "time", "datetime", "tel", "search", "file"),
        "textarea": ("textarea",),
        "select": ("select",),
        "radios": ("radio",),
        "checkboxes": ("checkbox_select",),
        "checkbox": ("checkbox",),
    }.items()
    for name in names
}
# The class of a widget, after "govuk-". The first that fits counts.
_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "checkboxes__input"),  # a kind of RadioSelect to Django
    (forms.RadioSelect, "radios__input"),
    (forms.CheckboxInput, "checkboxes__input"),
    (forms.Textarea, "textarea"),
    (forms.Select, "select"),
    (forms.FileInput, "file-upload"),
    (forms.widgets.Input, "input"),
)


class PatternRenderer(BaseRenderer):
    """Finds our templates for fields and widgets, and Django's own for a widget that has no pattern."""

    field_template_name = "pattern/field.html"
    _standard = DjangoTemplates()

    def get_template(self, template_name: str) -> Any:
        if template_name in _TEMPLATES:
            return get_template(_TEMPLATES[template_name])
        if template_name == self.field_template_name:
            return get_template(template_name)
        return self._standard.get_template(template_name)


class PatternField(BoundField):
    """A field as it stands on the page: with the pattern's ids and classes."""

    @property
    def aria_describedby(self) -> str | None:
        """The ids of hint and error, in the order in which they stand."""
        if self.field.widget.attrs.get("aria-describedby"):
            return None
        described = [f"{self.auto_id}-hint"] if self.help_text else []
        described += [f"{self.auto_id}-error"] if self.errors else []
        return " ".join(described) if self.auto_id and not self.is_hidden else ""

    @property
    def focus_id(self) -> str:
        """The id of the input that a link from the error summary goes to: of several, the first."""
        return self.id_for_label or next((part.id_for_label for part in self.subwidgets if part.id_for_label), "")

    @property
    def is_page_heading(self) -> bool:
        """Whether the label is the page's one heading, as on a page that asks one question."""
        return bool(getattr(self.form, "page_heading", "") == self.name)

    def build_widget_attrs(self, attrs: Any, widget: forms.Widget | None = None) -> dict[str, Any]:
        """Add the pattern's class, beside what the form gave the widget itself (such as govuk-input--width-10)."""
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        shown = widget or self.field.widget
        name = next((name for kind, name in _CLASSES if isinstance(shown, kind) and not shown.is_hidden), "")
        if name:
            classes = [f"govuk-{name}", shown.attrs.get("class", "")]
            classes += [f"govuk-{name}--error"] if self.errors and "__" not in name else []
            built["class"] = " ".join(filter(None, classes))
        if self.use_fieldset:  # the whole group is wrong, not each of its inputs
            built.pop("aria-invalid", None)
        return built


class PatternForm(forms.Form):
    """A form that renders as govuk-frontend does. `page_heading` names the field whose label is the page's heading.

    The browser's own checks are left off: they speak the browser's language, and a limit on the length would cut what
    is pasted without a word. The form's own messages come with everything that was typed.
    """

    default_renderer = PatternRenderer
    bound_field_class = PatternField
    use_required_attribute = False
    page_heading = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            for limit in ("maxlength", "minlength"):
                field.widget.attrs.pop(limit, None)


class _Hinted:
    """Choices of which each may have a hint: `hints` maps a choice's value to it."""

    def __init__(self, *args: Any, hints: Mapping[Any, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hints = {str(value): hint for value, hint in (hints or {}).items()}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)  # type: ignore[misc]
        option["hint"] = self.hints.get(str(value), "")
        if option["hint"] and "id" in option["attrs"]:
            option["hint_id"] = f"{option['attrs']['id']}-item-hint"
            option["attrs"]["aria-describedby"] = option["hint_id"]
        return option


class Radios(_Hinted, forms.RadioSelect):
    """One of a few, all seen at once."""


class RadiosInLine(Radios):
    """One of a few short ones, side by side where there is room."""

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Say so to the template."""
        context: dict[str, Any] = super().get_context(*args, **kwargs)
        context["widget"]["layout"] = "inline"
        return context


class Checkboxes(_Hinted, forms.CheckboxSelectMultiple):
    """Any of a few."""
