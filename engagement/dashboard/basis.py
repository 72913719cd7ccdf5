"""What is printed with every figure, on its page and in its exports: whose it is, of when, how sure, what narrows it
(measurement 2.10)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagement.dashboard.exhibits import Asked, Exhibit, Report
from engagement.dashboard.forms import name_of
from engagement.freezing import Status, last_provisional_day
from engagement.rollup import METHOD_VERSION


@dataclass(frozen=True)
class Basis:
    """The basis of one page's exhibits. `code` is that of its department in addresses, `who` its name."""

    report: Report
    asked: Asked
    code: str
    who: str

    @property
    def period(self) -> str:
        """The quarter in words."""
        return name_of(self.asked.quarter)

    @property
    def method(self) -> int:
        """The version of the method."""
        return METHOD_VERSION

    @property
    def filters(self) -> str:
        """What narrows the whole page; "" for nothing."""
        return "; ".join(each.said for each in self.asked.filters)

    @property
    def is_final(self) -> bool:
        """Whether what was counted can hardly change any more."""
        return timezone.localdate(self.asked.moment) > last_provisional_day(self.asked.quarter)

    def moment_of(self, exhibit: Exhibit) -> datetime:
        """The moment as of which it was counted."""
        return exhibit.counted_at or self.asked.moment

    def status_of(self, exhibit: Exhibit) -> str:
        """Provisional, final, or what the exhibit says of itself."""
        return exhibit.status or self.status

    @property
    def status(self) -> str:
        """Provisional or final."""
        return str((Status.FINAL if self.is_final else Status.PROVISIONAL).label)

    def title_of(self, exhibit: Exhibit) -> str:
        """The title with whatever filter is on."""
        on = "; ".join(each.said for each in (*self.asked.filters, *exhibit.filters))
        return f"{exhibit.title} ({on})" if on else exhibit.title

    def said_of(self, exhibit: Exhibit) -> list[tuple[str, str]]:
        """Everything that an export says before its rows: pairs of a name and what it is."""
        on = "; ".join(each.said for each in (*self.asked.filters, *exhibit.filters))
        return [
            (_("Figure"), self.title_of(exhibit)),
            (_("Department"), self.who),
            (_("Quarter"), f"{self.asked.quarter}, {self.period}"),
            (_("Counted as of"), written_moment(self.moment_of(exhibit))),
            (_("Cases"), exhibit.n or "–"),
            (_("Method version"), str(self.method)),
            (_("Status"), self.status_of(exhibit)),
            (_("Only"), on or _("no filter is on")),
            (_("In words"), exhibit.sentence),
            (_("How this is counted"), exhibit.formula),
        ]

    def file_name(self, exhibit: Exhibit, kind: str) -> str:
        """Department, report, figure, quarter, moment, method and status, in letters that every system takes."""
        narrowed = "".join(f"_{each.name}-{each.value}" for each in (*self.asked.filters, *exhibit.filters))
        moment = timezone.localtime(self.moment_of(exhibit))
        status = "final" if self.is_final else "provisional"
        parts = (
            self.code, self.report.slug, exhibit.name, str(self.asked.quarter),
            f"as-of-{moment:%Y-%m-%dT%H%M}", f"method-{self.method}", status,
        )  # fmt: skip
        plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in narrowed[1:])
        return f"{'_'.join(parts)}{'_' + plain if plain else ''}.{kind}"


def written_moment(moment: datetime) -> str:
    """Write a moment in local time."""
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
