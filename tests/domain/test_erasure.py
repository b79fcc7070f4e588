"""A person's data: all of it for the person, and none of it once they are forgotten."""

import json

import pytest
from asyncpg import Connection

from tests import factories
from tests.cast import ACTORS, Cast, email
from tests.domain.test_delegations import delegate
from tracker.domain.actor import SYSTEM
from tracker.domain.digests.actions import subscribe
from tracker.domain.digests.rules import Schedule
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.events import chain
from tracker.domain.leaving import erasure
from tracker.domain.leaving.export import everything
from tracker.domain.people.actions import edit_profile
from tracker.domain.people.profiles import Profile
from tracker.domain.people.sessions import open_session
from tracker.domain.people.tokens import issue_token

NAME = "Wanjiku wa Nairobi"


async def _life(cast: Cast) -> int:
    """Somebody with something of everything, and their number."""
    person = cast.nairobi_coordinator.person_id
    assert person
    await edit_profile(cast.nairobi_coordinator, person, Profile(name=NAME, language="sw"))
    await open_session(person)
    await issue_token(cast.nairobi_coordinator, person, purpose="Wanjiku's reports")
    await subscribe(cast.nairobi_coordinator, person, Schedule())
    await factories.joint_project(cast, "active")
    return person


async def test_export_holds_all_and_no_secret(cast: Cast) -> None:
    person = await _life(cast)
    data = await everything(cast.nairobi_coordinator, person)
    assert data["person"][0]["name"] == NAME
    for table in ("membership", "session", "api_token", "digest_subscription"):
        assert len(data[table]) == 1
    assert {"propose", "sign_in", "edit_profile"} <= {each["verb"] for each in data["events"]}
    assert "hash" not in json.dumps(data)


async def test_export_by_each_member_of_the_cast(cast: Cast) -> None:
    person = cast.nairobi_coordinator.person_id
    assert person
    for who in set(ACTORS) - {"nairobi_coordinator", "administrator", "system"}:
        with pytest.raises(NotFound if who == "public" else Forbidden):
            await everything(cast[who], person)
    assert await everything(cast.administrator, person)


async def test_erasure_by_each_member_of_the_cast(cast: Cast) -> None:
    person = cast.nairobi_coordinator.person_id
    assert person
    for who in set(ACTORS) - {"administrator", "system"}:
        with pytest.raises(Forbidden):
            await erasure.erase(cast[who], person)
        if who != "nairobi_coordinator":
            with pytest.raises(NotFound if who == "public" else Forbidden):
                await erasure.ask_erasure(cast[who], person)
    asked = await erasure.ask_erasure(cast.nairobi_coordinator, person)
    assert asked.erasure_asked_at


async def test_nothing_of_the_person_is_left(cast: Cast, connection: Connection) -> None:
    person = await _life(cast)
    await chain.seal()
    row = await erasure.erase(cast.administrator, person)
    assert (row.name, row.email) == ("A former member", f"former-{person}@erased.invalid")
    tables = await connection.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    )
    for table in tables:
        text = await connection.fetchval(
            f"SELECT string_agg(t::text, ' ') FROM {table['tablename']} t"
        )
        for trace in ("Wanjiku", email("nairobi_coordinator")):
            assert trace not in (text or ""), table["tablename"]
    assert await connection.fetchval("SELECT count(*) FROM project") == 1
    await chain.seal()
    assert [each async for each in chain.verify([]) if isinstance(each, chain.Finding)] == []
    with pytest.raises(Invalid, match="forgotten before"):
        await erasure.erase(cast.administrator, person)


async def test_deputy_is_forgotten(cast: Cast) -> None:
    await delegate(cast)
    assert cast.nairobi_cio.person_id
    await erasure.erase(SYSTEM, cast.nairobi_cio.person_id)


async def test_last_administrator_is_not_forgotten(cast: Cast) -> None:
    assert cast.administrator.person_id
    with pytest.raises(Invalid, match="make somebody else administrator first"):
        await erasure.erase(SYSTEM, cast.administrator.person_id)
