"""Who sees and writes closing evaluations."""

from tracker.domain.projects.rules import inside


def visible(t: str) -> str:
    """A city's own answers; the other side's only once every partner's are in, so that nobody
    copies."""
    return (
        f"({t}.city = ANY(:cities) OR ({inside(f'{t}.project')} AND NOT EXISTS ("
        f"SELECT 1 FROM participation vo WHERE vo.project = {t}.project AND NOT EXISTS ("
        " SELECT 1 FROM evaluation ve WHERE ve.project = vo.project AND ve.city = vo.city))))"
    )
