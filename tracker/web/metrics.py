"""Figures about the process in Prometheus' text format, for whoever looks after the server."""

from litestar import get
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException

from tracker.domain.people.queries import actor_by_token
from tracker.domain.roles import Permission
from tracker.graphql import kept_figures
from tracker.web.identity import actor_of, bearer_token
from tracker.web.pages import AnyRequest

FAMILIES = {
    "size": ("gauge", "Entries kept."),
    "hits_total": ("counter", "Look-ups that found what they wanted."),
    "misses_total": ("counter", "Look-ups that had to make it."),
    "evictions_total": ("counter", "Entries that were given up for newer ones."),
    "making_seconds_total": ("counter", "Seconds spent on making entries."),
}
"""Name after `tracker_kept_` -> kind and help."""


@get("/metrics", media_type=MediaType.TEXT)
async def metrics(request: AnyRequest) -> str:
    """What the planner keeps and how well it serves. For the secretariat alone; for everybody
    else there is no such page."""
    token = bearer_token(request)
    found = await actor_by_token(token) if token else None
    actor = found[0] if found else await actor_of(request)
    if not actor.may(Permission.READ_METRICS) or (token and not found):
        raise NotFoundException
    return "".join(_family(name) for name in FAMILIES)


def _family(name: str) -> str:
    kind, text = FAMILIES[name]
    full = f"tracker_kept_{name}"
    lines = [f"# HELP {full} {text}", f"# TYPE {full} {kind}"]
    for what, (size, figure) in kept_figures().items():
        value = {
            "size": size,
            "hits_total": figure.hits,
            "misses_total": figure.misses,
            "evictions_total": figure.evictions,
            "making_seconds_total": round(figure.seconds, 6),
        }[name]
        lines.append(f'{full}{{what="{what}"}} {value}')
    return "\n".join(lines) + "\n"
