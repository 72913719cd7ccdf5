"""What SOP compliance says of one department, in few words."""

from datetime import date, datetime

from engagement.compliance import DepartmentCompliance, compliance
from engagement.rollup import StepFigure
from tests.world import World

# The month of the first Monday of March, in which every query is filed.
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def of(world: World, at: datetime, period: tuple[date, date] = MARCH) -> DepartmentCompliance:
    [found] = compliance([world.department], *period, at)
    return found


def steps(found: DepartmentCompliance) -> dict[str, StepFigure]:
    return {step.code: step for stage in found.stages for step in stage.steps}


def four(world: World, code: str, at: datetime, period: tuple[date, date] = MARCH) -> tuple[int, int, int, int]:
    """(on time, late, not yet due, released); zeros for a step that the department does not have."""
    step = steps(of(world, at, period)).get(code)
    return (step.on_time, step.late, step.not_yet_due, step.released) if step else (0, 0, 0, 0)
