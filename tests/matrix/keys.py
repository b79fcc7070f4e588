"""With what each viewer comes in through real doors: a browser's session, and tokens that leave all
of their rights or some."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from tests.cast import Cast
from tracker.domain import clock
from tracker.domain.actor import Actor, Limit
from tracker.domain.people.sessions import open_session
from tracker.domain.people.tokens import TokenScope, issue_token


@dataclass(frozen=True)
class Key:
    """A secret, and who somebody is with it. `kind` is session, token, reading or city."""

    kind: str
    secret: str
    actor: Actor

    @property
    def headers(self) -> dict[str, str]:
        """What a request shows."""
        if self.kind == "session":
            return {"Cookie": f"session={self.secret}", "Sec-Fetch-Site": "same-origin"}
        return {"Authorization": f"Bearer {self.secret}"} if self.secret else {}


NO_KEY = Key("nothing", "", Actor())


@dataclass
class Keys:
    """All keys of everybody."""

    of: dict[str, list[Key]] = field(default_factory=dict)

    @property
    def limited(self) -> dict[str, Actor]:
        """Who somebody is whose token leaves some of their rights out."""
        return {
            f"{name} {key.kind}": key.actor
            for name, keys in self.of.items()
            for key in keys
            if key.actor.limit
        }


async def issue(cast: Cast, viewers: dict[str, Actor]) -> Keys:
    """A key of each kind for everybody who can have one; the public comes without."""
    return Keys({name: await _issue(cast, viewer) for name, viewer in viewers.items()})


async def _issue(cast: Cast, viewer: Actor) -> list[Key]:
    if viewer.person_id is None:
        return [NO_KEY]
    until = clock.now() + timedelta(days=90)
    _, token = await issue_token(viewer)
    _, reading = await issue_token(viewer, scope=TokenScope.READ)
    found = [
        Key("session", await open_session(viewer.person_id), viewer),
        Key("token", token, viewer),
        Key("reading", reading, replace(viewer, limit=Limit(None, until, read_only=True))),
    ]
    for place in ("seoul", "nairobi", "lima"):
        city: int = getattr(cast, place)
        if city in viewer.city_ids:
            _, secret = await issue_token(viewer, city_id=city)
            there = frozenset(held for held in viewer.memberships if held[1] == city)
            limited = replace(viewer, memberships=there, limit=Limit(city, until))
            found.append(Key(f"of {place}", secret, limited))
    return found
