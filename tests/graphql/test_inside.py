"""What goes on inside a project does not show outside, not even by its time."""

from datetime import timedelta

from tests import factories
from tests.cast import Cast
from tests.graphql.conftest import Api
from tracker.domain import clock
from tracker.domain.milestones.attaching import EvidenceLink, attach

DOCUMENT = "query ($id: ID!) { project(id: $id) { health scheduleHealth updatedAt } }"
LINK = EvidenceLink(title="Minutes", url="https://nairobi.example/minutes")


async def test_evidence_does_not_wake_a_silent_project_for_the_public(api: Api, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    milestone = await factories.add_milestone(
        cast, project.id, title="Counter closes", due_on=factories.today(119)
    )
    await factories.value(cast, project, "approved")
    variables = {"id": f"Project:{project.id}"}
    later = clock.now() + timedelta(days=33)
    with clock.at(later):
        before = await api.data(DOCUMENT, variables)
        await attach(cast.nairobi_coordinator, milestone.id, [LINK])
    with clock.at(later + timedelta(minutes=2)):
        public = await api.data(DOCUMENT, variables)
        partner = await api.data(DOCUMENT, variables, cast.seoul_coordinator)
    assert before["project"]["health"] == "UNKNOWN"
    assert public == before
    assert partner["project"]["updatedAt"] > public["project"]["updatedAt"]
    assert partner["project"]["health"] == partner["project"]["scheduleHealth"]
