"""What is only counted, and what is found by words."""

from typing import TYPE_CHECKING

from tests.matrix.sight import seen
from tracker.graphql.registry import registry

if TYPE_CHECKING:
    from tests.matrix.cells import Asking

SEARCHED = ("Project", "Practice", "Request", "Lesson")


async def portfolio(asking: "Asking") -> None:
    """The portfolio counts what its reader sees, and nothing else."""
    data = await asking.ask(
        "{ portfolio { count milestones { count } budget { lines } indicators { totalCount }"
        " groups(by: [STATE]) { nodes { keys { state } count } } }"
        ' portfolioHistory(from: "2020-01-01", to: "2020-01-01", every: DAY) { count } }'
    )
    world, viewer = asking.world, asking.viewer
    count = {kind: len(seen(world, viewer, kind)) for kind in registry.declarations}
    found = data["portfolio"]
    for what, got, kind in (
        ("portfolio", found["count"], "Project"),
        ("portfolio milestones", found["milestones"]["count"], "Milestone"),
        ("portfolio budget", found["budget"]["lines"], "BudgetLine"),
    ):
        asking.tally.compare(f"{asking.name} {what}", range(got), range(count[kind]))
    states: dict[str, int] = {}
    for number in seen(world, viewer, "Project"):
        state = world.rows["Project"][number]["state"].upper()
        states[state] = states.get(state, 0) + 1
    groups = {g["keys"]["state"]: g["count"] for g in found["groups"]["nodes"]}
    asking.tally.compare(f"{asking.name} groups", groups.items(), states.items())


async def mails(asking: "Asking") -> None:
    """Mails are counted as far as their reader knows of them."""
    data = await asking.ask("{ deliveryFigures { count groups(by: [STATE]) { nodes { count } } } }")
    known = len(seen(asking.world, asking.viewer, "Delivery"))
    found = data["deliveryFigures"]
    asking.tally.compare(f"{asking.name} mails", range(found["count"]), range(known))
    by_state = sum(each["count"] for each in found["groups"]["nodes"])
    asking.tally.compare(f"{asking.name} mails by state", range(by_state), range(known))


async def search(asking: "Asking") -> None:
    """A word that stands in one row alone finds it for those who see it."""
    visible = {f"{k}:{n}" for k in SEARCHED for n in seen(asking.world, asking.viewer, k)}
    for number, (kind, row, column) in enumerate(asking.world.marks):
        if column != "title" or kind not in SEARCHED:
            continue
        data = await asking.ask(
            f'{{ search(query: "zq{number}qz") {{ totalCount edges {{ snippet {{ text }}'
            " node { __typename ... on Node { id } } } } }"
        )
        found = [edge["node"]["id"] for edge in data["search"]["edges"]]
        what = f"{asking.name} search for {kind}:{row}"
        asking.tally.deny(what, found, visible)  # slips are forgiven: others may be found
        wanted = {f"{kind}:{row}"} & visible
        asking.tally.compare(what, wanted & set(found), wanted)
        asking.tally.compare(f"{what} counted", [data["search"]["totalCount"]], [len(found)])
