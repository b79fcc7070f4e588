"""Who sees and does what with results, indicators, periods and values."""

from tracker.domain.projects.rules import inside, through


def visible(t: str) -> str:
    """Results, indicators and periods are as public as their project."""
    return through(f"{t}.project")


def value_visible(t: str) -> str:
    """Approved values, and those that they superseded, are as public as the project; what is
    not approved stays among the partners and the secretariat."""
    return (
        f"(({t}.state IN ('approved', 'superseded') AND {through(f'{t}.project')})"
        f" OR {inside(f'{t}.project')})"
    )
