"""The story that `tracker demo` tells: one joint project from the offer of a practice to the
closing digest in both mayors' inboxes, each step through the public GraphQL API.

Its work was done in the months before today and is handed in now, so no date lies ahead of its
event. A telling that was killed is not resumed: what it left is withdrawn or cancelled, through
the API too, and the story begins anew; only the wait for the closing digests is taken up again.
"""

from tracker.demo.chapters import PARTNERS, Story
from tracker.demo.data import story as texts
from tracker.demo.narrator import Narrator
from tracker.demo.people import SECRETARIAT, address
from tracker.demo.voices import Unexpected, voice
from tracker.domain.actor import SYSTEM, Role
from tracker.domain.database import connected
from tracker.graphql import execute, serving
from tracker.settings import Settings

CAST = {
    "seoul": (Role.COORDINATOR, Role.APPROVER, Role.MAYOR),
    "nairobi": (Role.COORDINATOR, Role.APPROVER, Role.MAYOR),
    "barcelona": (Role.COORDINATOR,),
    SECRETARIAT: (Role.OFFICER,),
}
"""Who speaks, by city."""


class StoryBroken(Exception):
    """The story did not go as it must; its text is the chapter and what happened instead."""

    def __init__(self, step: str, why: str) -> None:
        self.step, self.why = step, why
        super().__init__(f"“{step}”: {why}")


async def told(settings: Settings) -> bool:
    """Whether the story was told to its end: both mayors have the closing digest."""
    project = {"project": {"title": {"eq": texts.PROJECT_TITLE}, "state": {"eq": "CLOSED"}}}
    sent = {"kind": {"eq": "CLOSING"}, "delivery": {"state": {"eq": "SENT"}}, **project}
    async with connected(settings), serving(settings):
        data = await execute(_CLOSINGS, {"sent": sent}, SYSTEM)
    readers = {each["person"]["email"] for each in data["digestIssues"]["nodes"]}
    return readers >= {address(city, Role.MAYOR) for city in PARTNERS}


_CLOSINGS = """
query Closings($sent: DigestIssueFilter) {
  digestIssues(first: 100, filter: $sent) { nodes { person { email } } }
}
"""


async def tell(base_url: str, settings: Settings, narrator: Narrator | None = None) -> None:
    """Tell the whole story, or what is missing of it. Raises StoryBroken."""
    narrator = narrator or Narrator()
    try:
        async with connected(settings):
            voices = {
                (slug, role): await voice(base_url, address(slug, role))
                for slug, roles in CAST.items()
                for role in roles
            }
        await Story(voices, settings, narrator).tell()
    except Unexpected as error:
        raise StoryBroken(narrator.chapter, str(error)) from error
