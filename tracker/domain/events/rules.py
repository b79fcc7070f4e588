"""An event shows its subject as it was, so it is visible where the subject is."""

from tracker.domain.evaluations import rules as evaluations
from tracker.domain.practices import rules as practices
from tracker.domain.projects.rules import inside, through


def visible(t: str) -> str:
    """Events of a project to its partners and the secretariat, others to the secretariat, and
    everybody's own; none whose subject may not be seen."""
    own = f"{t}.actor = :person AND ({t}.project IS NULL OR {through(f'{t}.project')})"
    return (
        f"(({own} OR (:secretariat AND {t}.project IS NULL)"
        f" OR ({t}.project IS NOT NULL AND {inside(f'{t}.project')}))"
        f" AND {_subject(t, 'evaluation', evaluations.visible('vs'))}"
        f" AND {_subject(t, 'practice', practices.visible('vs'))})"
    )


def _subject(t: str, table: str, condition: str) -> str:
    """For events about that table's rows, whose own predicate is narrower than the project's."""
    return (
        f"({t}.subject_type <> '{table}' OR EXISTS (SELECT 1 FROM {table} vs"
        f" WHERE vs.id = {t}.subject_id AND {condition}))"
    )
