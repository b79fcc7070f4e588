"""A right goes while its holder has answers to which it led: none of them serves any more."""

from dataclasses import replace

from tests.matrix.carriers import Wire, by_hash
from tests.matrix.keys import NO_KEY, Key
from tests.matrix.tally import Tally
from tests.matrix.ways import document_of, straight
from tests.matrix.world import World
from tracker.domain.actor import PUBLIC, SYSTEM, Actor
from tracker.domain.leaving.actions import end_membership
from tracker.domain.people.sessions import end_session
from tracker.domain.people.tables import ApiToken, Membership
from tracker.domain.people.tokens import revoke_token

KINDS = ("Project", "Decision", "Milestone", "BudgetLine", "AuditEvent", "Delegation", "Person")
"""Types of which a role in a city shows more."""

WHO = "nairobi_approver"

Had = dict[tuple[str, str], tuple[str, bytes]]
"""(kind of key, type) -> the tag and the bytes of the answer that its holder has."""


async def lapse(world: World, address: str, tally: Tally) -> None:
    """The role ends, then the keys do. It changes the world, so it comes last."""
    wire, keys = Wire(address), world.keys.of[WHO]
    had = await _asked(wire, keys, {}, tally, "before")
    viewer = world.viewers[WHO]
    [held] = await Membership.objects().where(Membership.person == viewer.person_id)
    await end_membership(SYSTEM, held.id, left_to_city=True)
    without = [replace(key, actor=_without(key)) for key in keys]
    had = await _asked(wire, without, had, tally, "without the role")
    await _end(keys)
    await _asked(wire, [replace(key, actor=PUBLIC) for key in keys], had, tally, "ended")


def _without(key: Key) -> Actor:
    """A token for the city alone ends with the last role there."""
    if key.actor.limit and key.actor.limit.city_id:
        return PUBLIC
    return replace(key.actor, memberships=frozenset(), affiliated=frozenset())


async def _end(keys: list[Key]) -> None:
    for key in keys:
        if key.kind == "session":
            await end_session(key.secret)
        else:
            for token in await ApiToken.objects().where(
                ApiToken.prefix == key.secret[:12], ApiToken.revoked_at.is_null()
            ):
                await revoke_token(SYSTEM, token.id)


async def _asked(wire: Wire, keys: list[Key], had: Had, tally: Tally, when: str) -> Had:
    """The answers are those of who the holders are now, whatever they say to have."""
    found: Had = {}
    for key in keys:
        for kind in KINDS:
            document, what = document_of(kind), f"{WHO} {key.kind} {kind} {when}"
            tag, before = had.get((key.kind, kind), ("", b""))
            await wire.get_by_hash(NO_KEY, document)  # and another's answer may be kept
            posted = await wire.post_by_hash(key, document)
            answer = await wire.got(key, by_hash(document), tag)
            if key.actor == PUBLIC and key.kind != "session":
                tally.compare(what, [answer.status_code], [401])
                tally.deny(f"{what} by POST", [posted] if b'"data"' in posted else [], ())
                continue
            expected = await straight(document, key.actor)
            body = before if answer.status_code == 304 else answer.content
            tally.compare(what, [body], [expected])
            tally.compare(f"{what} by POST", [posted], [expected])
            found[key.kind, kind] = answer.headers["etag"], body
    return found
