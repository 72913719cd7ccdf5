"""What the row of a city's file says: one description per city, and one reading for all of them.

The rules where a row contradicts itself:
- The closing date decides. A row with one is closed, whatever its status says; "Closed" without one stays open,
  because nobody can say when it ended. "Closed (Duplicate)" and "Closed (Transferred)" end like any other.
- Closed before created: such a row is not taken. Due before created: the city's date is its promise, so it is kept.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from complaints.importing.channels import kind_of
from complaints.importing.founded import FOUNDED
from complaints.importing.moments import Clock, shifted, straight, wall_clock
from complaints.wording import LONGEST_LINE, LONGEST_TEXT, cleaned
from departments.channels import ChannelKind

_EASTERN = ZoneInfo("America/New_York")
_PACIFIC = ZoneInfo("America/Los_Angeles")
