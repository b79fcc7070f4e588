"""The schema: declared types, and a mutation for every action."""

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type

from tracker.domain.milestones.evidence import ReceivedFile
from tracker.graphql import (
    audit,
    budgets,
    cities,
    comments,
    deliveries,
    digests,
    evaluations,
    events,
    milestones,
    outcomes,
    people,
    plan_changes,
    portfolio,
    practices,
    projects,
    reminders,
    requests,
    risks,
    status_reports,
)
from tracker.graphql.milestones import uploaded
from tracker.graphql.mutation_fields import MutationBuilder
from tracker.graphql.planner.deprecations import announce
from tracker.graphql.planner.kinds import SCALARS
from tracker.graphql.planner.types import TypeBuilder
from tracker.graphql.reading import fetch, fetch_rows
from tracker.graphql.registry import registry

NOUNS = (portfolio, cities, people, practices, requests, projects, milestones, outcomes, budgets,
         plan_changes, evaluations, risks, status_reports, comments, reminders, deliveries, digests,
         audit, events)  # fmt: skip

UPLOAD = strawberry.scalar(
    name="Upload",
    description="A file of a multipart request (GraphQL multipart request specification): at most"
    " 10 MB of PDF, PNG, JPEG, WebP, an office document without macros, plain text or CSV.",
    specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
    serialize=lambda file: file.name,
    parse_value=uploaded,
    parse_literal=uploaded,
)

builder = TypeBuilder(registry)
_mutations = MutationBuilder(registry, builder, fetch_rows)
PERFORMABLE = _mutations.performable
"""Every mutation by its name."""

schema = strawberry.Schema(
    query=create_type("Query", builder.query_fields(fetch), description="Everything you may see."),
    mutation=create_type(
        "Mutation",
        [_mutations.field(each) for noun in NOUNS for each in getattr(noun, "MUTATIONS", ())],
        description="One mutation per action. Refusals come as problems, not as errors.",
    ),
    subscription=create_type(
        "Subscription",
        builder.subscription_fields(),
        description="What happens from now on, or since an event, as it is committed.",
    ),
    types=[builder.names[name] for name in registry.declarations],
    config=StrawberryConfig(auto_camel_case=True, scalar_map={**SCALARS, ReceivedFile: UPLOAD}),
)
announce(schema._schema, registry.deprecations)
