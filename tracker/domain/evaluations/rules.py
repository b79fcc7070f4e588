"""Who sees and writes closing evaluations, and the lessons in them."""

from tracker.domain.evaluations.tables import CRITERIA
from tracker.domain.projects.rules import inside, through


def visible(t: str) -> str:
    """A city's own answers, drafts included; the other side's only once every partner's are in, so
    that nobody copies."""
    return f"({of_own_city(t)} OR ({inside(f'{t}.project')} AND {all_submitted(f'{t}.project')}))"


def lesson_visible(t: str) -> str:
    """As the evaluation that it is part of; once the project is closed, to everybody who sees the
    project: lessons are for the next pair of cities. A draft that a project was closed without,
    because its evaluations were waived, stays the city's own."""
    said = (
        f"SELECT 1 FROM evaluation vf WHERE vf.id = {t}.evaluation AND vf.submitted_at IS NOT NULL"
    )
    of_closed = f"{closed(f'{t}.project')} AND {through(f'{t}.project')} AND EXISTS ({said})"
    told = f"SELECT 1 FROM evaluation vl WHERE vl.id = {t}.evaluation AND {visible('vl')}"
    return f"(({of_closed}) OR EXISTS ({told}))"


def of_own_city(t: str) -> str:
    """Whether the viewer belongs to the city that evaluates."""
    return f"{t}.city = ANY(:cities)"


def all_submitted(project: str) -> str:
    """Whether every partner city of the project has submitted its evaluation."""
    return (
        f"NOT EXISTS (SELECT 1 FROM participation vo WHERE vo.project = {project} AND NOT EXISTS ("
        "SELECT 1 FROM evaluation ve WHERE ve.project = vo.project AND ve.city = vo.city"
        " AND ve.submitted_at IS NOT NULL))"
    )


def closed(project: str) -> str:
    """Whether the project is closed."""
    return f"EXISTS (SELECT 1 FROM project vc WHERE vc.id = {project} AND vc.state = 'closed')"


def mean(t: str, criteria: tuple[str, ...] = CRITERIA) -> str:
    """The mean of all cities' scores by the criteria of the project row `t`, of 6, to two decimals;
    null until it is closed and all are in. In SQL.

    Null also where a city answered before there were the principles: it was told then that its
    answers stay inside, while the form says now that the means are shown with the project."""
    scores = " + ".join(f"e.{name}" for name in criteria)
    return (
        f"CASE WHEN {t}.state = 'closed' AND {all_submitted(f'{t}.id')} THEN"
        f" (SELECT CASE WHEN count(*) = count(e.digitalisation)"
        f" THEN round(avg(({scores})::numeric / {len(criteria)}), 2) END"
        f" FROM evaluation e WHERE e.project = {t}.id) END"
    )
