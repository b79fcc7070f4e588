"""Walk-throughs of the documentation: documents that follow each other, as a program sends them.

A test sends them in turn, so that none can be out of date: what an answer gives by the name of a
later variable (`project { id }` for `$project`) is that variable's value from then on.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from tracker.web.words import N_


class Step(NamedTuple):
    """What is done and by whom, the document, and its variables; ids in them are only examples."""

    words: str
    document: str
    variables: Mapping[str, Any] = {}


class Walk(NamedTuple):
    """Steps to one end."""

    anchor: str
    title: str
    steps: Sequence[Step]


def walks(today: date) -> Sequence[Walk]:
    """All of them. Days that lie ahead do so from `today` on."""
    return (
        Walk("propose", N_("From a proposal to an agreed plan"), _proposal(today)),
        Walk("comment", N_("Comments and whom they name"), COMMENTS),
    )


def _proposal(today: date) -> Sequence[Step]:
    def ahead(days: int) -> str:
        return str(today + timedelta(days=days))

    return (
        Step(
            N_("A coordinator finds the two cities, and what is to be adopted."),
            """query Find {
  donor: cities(filter: {name: {eq: "Seoul"}}) { nodes { id } }
  recipient: cities(filter: {name: {eq: "Nairobi"}}) { nodes { id } }
  practices(filter: {text: {matches: "permits"}}) { nodes { id title } }
}""",
        ),
        Step(
            N_(
                "They draft the project; the city that drafts it leads it. `problems` tell all "
                "that is wrong at once, and then nothing was made."
            ),
            """mutation Propose($input: ProposalInput!) {
  projectPropose(input: $input) {
    project { id code state planGaps }
    problems { field code message }
  }
}""",
            {
                "input": {
                    "title": "One desk for building permits",
                    "summary": "Nairobi takes over Seoul's online permits.",
                    "donorCityId": "City:1",
                    "recipientCityId": "City:2",
                    "plannedStartOn": ahead(60),
                    "plannedEndOn": ahead(425),
                    "sectors": [{"code": "15185", "percentage": "100"}],
                }
            },
        ),
        Step(
            N_(
                "They plan what is done, and what it changes. Several changes in one document run"
                " in turn."
            ),
            """mutation Plan(
  $project: ID!, $recipient: ID!, $milestone: MilestonePlanInput!, $result: ResultPlanInput!
) {
  milestoneAdd(projectId: $project, cityId: $recipient, input: $milestone) {
    milestone { id }
    problems { field code message }
  }
  resultAdd(projectId: $project, input: $result) {
    result { id }
    problems { field code message }
  }
}""",
            {
                "project": "Project:1",
                "recipient": "City:2",
                "milestone": {"title": "Staff trained", "dueOn": ahead(150)},
                "result": {
                    "type": "OUTCOME",
                    "title": "Permits are granted faster",
                    "benefit": "RECIPIENT",
                },
            },
        ),
        Step(
            N_(
                "Each result is measured by indicators, with a baseline and a target. `planGaps` "
                "tells what a start will still ask for."
            ),
            """mutation Measure($result: ID!, $indicator: IndicatorDraftInput!) {
  indicatorAdd(resultId: $result, input: $indicator) {
    indicator { id result { project { planGaps } } }
    problems { field code message }
  }
}""",
            {
                "result": "Result:1",
                "indicator": {
                    "title": "Days to a permit",
                    "measure": "UNIT",
                    "unit": "days",
                    "ascending": False,
                    "baselineValue": "40",
                    "baselineOn": ahead(-30),
                    "periods": [{"startsOn": ahead(60), "endsOn": ahead(425), "targetValue": "10"}],
                },
            },
        ),
        Step(
            N_("They hand it in. From here on the partner city sees it."),
            """mutation HandIn($project: ID!) {
  projectSubmit(id: $project) { project { state } problems { field code message } }
}""",
            {"project": "Project:1"},
        ),
        Step(
            N_("An officer of the secretariat takes it under review, which asks both mayors."),
            """mutation Review($project: ID!) {
  projectReview(id: $project) {
    project { state decisions { nodes { id kind city { name } deadlineOn } } }
    problems { field code message }
  }
}""",
            {"project": "Project:1"},
        ),
        Step(
            N_(
                "Each mayor finds what waits for them, and gives it, or refuses with a reason "
                "(`decisionRefuse`). This takes a session or a token of their own."
            ),
            """query Waiting($city: ID!) {
  decisions(filter: {city: {id: {eq: $city}}, state: {eq: PENDING}}) {
    nodes { id kind deadlineOn project { code title } }
  }
}""",
            {"city": "City:2"},
        ),
        Step(
            N_("With the decision's id:"),
            """mutation Endorse($decision: ID!) {
  decisionGive(id: $decision) { decision { state } problems { field code message } }
}""",
            {"decision": "Decision:1"},
        ),
        Step(
            N_(
                "The officer accepts what both have endorsed. The plan is agreed: what changes "
                "from now on is a plan change, which the other city accepts."
            ),
            """mutation Agree($project: ID!) {
  projectAgree(id: $project) { project { state } problems { field code message } }
}""",
            {"project": "Project:1"},
        ),
    )


COMMENTS = (
    Step(
        N_(
            "Everything in a project has comments: give the id of a project, a milestone, a "
            "value, a decision. Whoever is named is told by mail: by `personIds`, or by @ and the"
            " whole name in the text."
        ),
        """mutation Ask($comment: CommentDraftInput!) {
  commentAdd(input: $comment) {
    comment { id version unresolvedMentions mentions { nodes { person { name } } } }
    problems { field code message }
  }
}""",
        {
            "comment": {
                "subjectId": "Project:1",
                "personIds": ["Person:3"],
                "text": "Who pays for the second year?",
            }
        },
    ),
    Step(
        N_(
            "The conversation is read at the thing itself, the oldest first; an answer is one "
            "more comment."
        ),
        """query Conversation($subject: ID!) {
  node(id: $subject) {
    ... on Project {
      comments(orderBy: [{field: CREATED_AT}]) { nodes { id text author { name } createdAt } }
    }
  }
}""",
        {"subject": "Project:1"},
    ),
    Step(
        N_(
            "One's own words can be rewritten; the trail keeps what they were. With the `version`"
            " that was seen, nothing is overwritten unseen."
        ),
        """mutation Rewrite($comment: ID!, $seen: Int, $text: String!) {
  commentEdit(id: $comment, version: $seen, input: {text: $text}) {
    comment { text editedAt version }
    problems { field code message currentVersion }
  }
}""",
        {"comment": "Comment:1", "seen": 1, "text": "Who pays for years two and three?"},
    ),
    Step(
        N_(
            "Or they are taken back: that something was said stays to be seen, what was said does"
            " not."
        ),
        """mutation TakeBack($comment: ID!) {
  commentWithdraw(id: $comment) { comment { text withdrawnAt } problems { field code message } }
}""",
        {"comment": "Comment:1"},
    ),
)  # fmt: skip
