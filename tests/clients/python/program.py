"""What a programmer writes against the generated client: every answer has its type.

python program.py ADDRESS TOKEN
"""

import sys
from datetime import date, timedelta

from tracker_client import Client
from tracker_client.enums import ProjectState
from tracker_client.fragments import Card

STATES = [ProjectState.ACTIVE, ProjectState.SUSPENDED, ProjectState.FINALISING]


def main(address: str, token: str) -> None:
    """Read who asks, walk through the pages, and try to move a milestone."""
    client = Client(url=address, headers={"Authorization": f"Bearer {token}"})
    viewer = client.me().viewer
    assert viewer is not None
    assert viewer.memberships.nodes
    cards = pages(client)
    assert len({card.code for card in cards}) == len(cards) > 2
    assert all(card.state in STATES for card in cards)
    card = next(each for each in cards if each.next_milestone)
    assert card.next_milestone is not None
    refuse(client, card.next_milestone.id, card.next_milestone.due_on)
    print(f"{viewer.name}: {len(cards)} projects, {cards[0].code} the first")


def pages(client: Client) -> list[Card]:
    """All projects under way, two at a time."""
    found: list[Card] = []
    after: str | None = None
    while True:
        page = client.portfolio(first=2, after=after, states=STATES).projects
        found += page.nodes
        if not page.page_info.has_next_page:
            assert len(found) == page.total_count
            return found
        after = page.page_info.end_cursor


def refuse(client: Client, milestone_id: str, due_on: date) -> None:
    """A move without its reason, of a milestone that was never seen as it is: problems as data."""
    moved = client.move_milestone(
        id=milestone_id, due_on=due_on + timedelta(days=1), reason="", version=0
    ).milestone_move
    assert moved.problems
    assert all(problem.code and problem.message for problem in moved.problems)


main(*sys.argv[1:])
