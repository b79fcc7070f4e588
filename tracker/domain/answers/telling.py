"""That a decision was settled through the link of a mail: its person is told at once, since
somebody else may have had the link."""

import json

from tracker.domain.database import fetch
from tracker.domain.deliveries import posting
from tracker.domain.people import queries


async def tell_decided(person_id: int, decision_id: int) -> None:
    """Owe the mail that says what was settled in the person's name, in the caller's transaction."""
    [row] = await fetch(_DECIDED, decision_id)
    told = {**row, "city": json.loads(row["city"]), "number": decision_id}
    await posting.post(await queries.person(person_id), "decided", context=told)


_DECIDED = """
SELECT upper(d.kind) AS kind, upper(d.state) AS state, coalesce(d.reason, d.answer) AS said,
    d.decided_at, p.title AS project, p.code, m.name AS mayor,
    json_build_object('name', c.name, 'localName', c.local_name, 'languages', c.languages) AS city
FROM decision d JOIN project p ON p.id = d.project JOIN city c ON c.id = d.city
    LEFT JOIN person m ON m.id = d.on_behalf_of
WHERE d.id = $1
"""
