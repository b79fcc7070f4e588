"""The API's documentation: a guide, and the whole schema with an example for every type.

All of the reference is read from the schema itself, so that nothing here can be out of date.
"""

import json
from asyncio import to_thread
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    Undefined,
    ast_from_value,
    get_named_type,
    print_ast,
)
from litestar import get
from litestar.enums import MediaType
from litestar.response import Response
from markupsafe import Markup

from tracker.domain import clock
from tracker.domain.batches import BATCH_MOST
from tracker.domain.errors import NotFound
from tracker.domain.idempotency.actions import KEPT
from tracker.domain.messages import say
from tracker.domain.people.tokens import TOKEN_DAYS_MOST
from tracker.graphql import graphql_schema, limits_of
from tracker.graphql.performing import MUTATIONS_MOST
from tracker.graphql.planner.codes import ErrorCode
from tracker.graphql.planner.pages import DEFAULT_SIZE, MOST
from tracker.graphql.reading import SECONDS_MOST
from tracker.graphql.schema import schema
from tracker.locale import Reader
from tracker.settings import Settings
from tracker.web.codes import TOLD
from tracker.web.identity import actor_of
from tracker.web.large import delivered
from tracker.web.pages import AnyRequest, draw, read, reader_of
from tracker.web.samples import Sample, Samples
from tracker.web.templates import environment
from tracker.web.walks import Step, walks
from tracker.web.words import N_
from tracker.web.worked import worked

FIGURES = (
    *("Portfolio", "StateCounts", "HealthCounts", "ReportedHealthCounts", "MilestoneCounts"),
    *("OverdueFigures", "BudgetFigures", "BudgetInCurrency", "ConvertedBudget"),
    *("UnconvertedBudget", "OutcomeFigures", "IndicatorRollUp", "IndicatorRollUps", "GroupOrder"),
)

GROUPS: Mapping[str, tuple[str, Sequence[str]]] = {
    "portfolio": (N_("Portfolio"), FIGURES),
    "search": (N_("Search"), ["SearchResult", "SearchFilter", "SearchType", "Snippet"]),
    "cities": (N_("Cities"), ["City"]),
    "people": (N_("People"), ["Person", "Membership", "ApiToken"]),
    "practices": (N_("Practices"), ["Practice"]),
    "requests": (N_("Requests"), ["Request"]),
    "projects": (N_("Projects"), ["Project", "Participation", "Sector", "Decision"]),
    "milestones": (N_("Milestones"), ["Milestone", "Evidence"]),
    "outcomes": (
        N_("Outcomes"),
        [*("Result", "Indicator", "Period", "Dimension"), *("Value", "Verdict")],
    ),
    "money": (
        N_("Money"),
        ["BudgetLine", "BudgetType", "Transaction", "ExchangeRate", "RateImport", "Rate"],
    ),
    "plan_changes": (N_("Plan changes"), ["PlanChange", "MilestoneMove", "TargetChange"]),
    "risks": (N_("Risks"), ["Risk"]),
    "comments": (N_("Comments"), ["Comment", "Mention"]),
    "evaluations": (N_("Evaluations"), ["Evaluation"]),
    "digests": (N_("Digests"), ["DigestSubscription", "DigestIssue", "DigestFeed", "DigestHook"]),
    "deliveries": (N_("Mails"), ["Delivery", "DeliveryFigures", "Suppression"]),
    "trail": (N_("Trail and notifications"), ["AuditEvent", "Notification"]),
}
"""Anchor -> title and the nouns whose types stand together."""

SHARED = "shared"
KINDS: Mapping[str, tuple[str, type[Any]]] = {
    "enums": (N_("Enumerations"), GraphQLEnumType),
    "scalars": (N_("Scalars"), GraphQLScalarType),
}
"""Anchor -> title and the kind of type that stands together whatever its noun."""

UPLOAD = ": Upload"

TELLING = ("projects", "milestones", "cities", "projectReportHealth")
"""Root fields that examples show things by."""

KIND_WORDS: Sequence[tuple[type[Any], str]] = (
    (GraphQLObjectType, N_("object")),
    (GraphQLInterfaceType, N_("interface")),
    (GraphQLUnionType, N_("union")),
    (GraphQLInputObjectType, N_("input")),
    (GraphQLEnumType, N_("enumeration")),
    (GraphQLScalarType, N_("scalar")),
)


class Part(NamedTuple):
    """A field, an argument or a value: its `type` is spelled as in the schema language, `target`
    is the type to look up. Arguments are parts as well."""

    name: str
    description: str
    type: str = ""
    target: str = ""
    default: str = ""
    deprecated: str = ""
    parts: Sequence["Part"] = ()


class Example(NamedTuple):
    """A document with its variables as JSON, and where the explorer opens it: nowhere when it
    needs a file, which the explorer cannot send."""

    document: str
    variables: str
    link: str


@dataclass(frozen=True)
class Entry:
    """A type, or a root field, with all there is to say about it."""

    anchor: str
    name: str
    kind: str
    part: Part
    related: Sequence[str]
    example: Example


@dataclass(frozen=True)
class Group:
    """What stands together: entries by their kind of title."""

    anchor: str
    title: str
    sections: Sequence[tuple[str, Sequence[Entry]]]


@get("/docs/api")
async def documentation(request: AnyRequest) -> Response[bytes]:
    """The guide, and the reference for whoever may see the schema."""
    data = await read(request, "documentation/api")
    settings: Settings = request.app.state.settings
    shown = limits_of(await actor_of(request)).introspection
    drawn = draw(
        request,
        "documentation/api",
        data,
        address=f"{settings.base_url}/graphql",
        limits=limits(settings),
        error_codes=[(code.value, TOLD[code]) for code in ErrorCode],
        rates=settings.limits("api"),
        page_sizes=(DEFAULT_SIZE, MOST),
        walks=_walks(),
        token_days=TOKEN_DAYS_MOST,
        key_hours=KEPT // timedelta(hours=1),
        documents=settings.graphql_documents,
        contents=[(group.anchor, group.title) for group in groups()],
        reference=shown and await to_thread(_reference, reader_of(request).language),
        subscriptions=graphql_schema.subscription_type is not None,
    )
    return await delivered(request, drawn.content, MediaType.HTML, drawn.cookies)


@get("/docs/api/schema.graphql")
async def sdl(request: AnyRequest) -> Response[bytes]:
    """The schema in the schema language, for whoever may see it. Raises NotFound for others."""
    if not limits_of(await actor_of(request)).introspection:
        raise NotFound(say("The schema is shown to people who have signed in."))
    return await delivered(request, _sdl(), "application/graphql; charset=utf-8")


@cache
def _sdl() -> str:
    return f"{schema.as_str()}\n"


def limits(settings: Settings) -> list[tuple[str, str, int]]:
    """Each limit as (name, what it bounds, figure), from where it is enforced."""
    chosen = [
        (each.metadata["name"], each.metadata["description"], getattr(settings, each.name))
        for each in fields(settings)
        if each.name.startswith("graphql_") and isinstance(getattr(settings, each.name), int)
    ]
    return [
        *chosen,
        ("mutations", N_("Mutations in one operation; they run in turn."), MUTATIONS_MOST),
        (
            "batch",
            N_("Items of a mutation that takes a list to do all of them or none."),
            BATCH_MOST,
        ),
        ("seconds", N_("Seconds that a read may take."), SECONDS_MOST),
    ]


@cache
def _reference(language: str) -> Markup:
    """Drawn once in each language; the schema changes only with the program."""
    reader = Reader(language)
    template = environment().get_template("documentation/reference.html")
    return Markup(template.render(groups=groups(), reader=reader))  # noqa: S704 - our own template


@cache
def groups() -> Sequence[Group]:
    """Everything in the schema, each type once."""
    samples = Samples(graphql_schema, TELLING, worked(clock.today("UTC")))
    placed: dict[str, list[GraphQLNamedType]] = {}
    for name, kind in graphql_schema.type_map.items():
        if not name.startswith("__") and kind not in samples.roots.values():
            placed.setdefault(_group_of(kind), []).append(kind)
    titles = {anchor: title for anchor, (title, _) in GROUPS.items()}
    titles |= {SHARED: N_("Shared by all")} | {a: title for a, (title, _) in KINDS.items()}
    return [
        Group(anchor, title, list(_sections(anchor, placed.get(anchor, []), samples)))
        for anchor, title in titles.items()
    ]


def _sections(
    anchor: str, kinds: Sequence[GraphQLNamedType], samples: Samples
) -> Iterator[tuple[str, Sequence[Entry]]]:
    """A group's root fields first, then its types, those that are written by hand before those
    that follow from them."""
    words = {"query": N_("Queries"), "mutation": N_("Mutations"), "subscription": N_("Events")}
    for root, kind in samples.roots.items():
        found = [
            _root_entry(root, name, each, samples)
            for name, each in kind.fields.items()
            if _group_of(get_named_type(each.type)) == anchor
        ]
        if found:
            yield words[root], found
    nouns = GROUPS[anchor][1] if anchor in GROUPS else ()
    main = [kind for kind in kinds if kind.name in nouns]
    rest = [kind for kind in kinds if kind.name not in nouns]
    for title, those in ((N_("Types"), main), (N_("Further types"), rest)):
        if those:
            yield title, [_type_entry(kind, samples) for kind in those]


def _group_of(kind: GraphQLNamedType) -> str:
    """By the kind, else by the longest noun that the name begins with, else by who takes it."""
    for anchor, (_, those) in KINDS.items():
        if isinstance(kind, those):
            return anchor
    nouns = {noun: anchor for anchor, (_, names) in GROUPS.items() for noun in names}
    fitting = [noun for noun in nouns if kind.name.startswith(noun)]
    if fitting:
        return nouns[max(fitting, key=len)]
    return _taken_in().get(kind.name, SHARED) if kind.name.endswith("Input") else SHARED


@cache
def _taken_in() -> Mapping[str, str]:
    """Input -> the group of the mutation that takes it."""
    mutations = graphql_schema.mutation_type.fields if graphql_schema.mutation_type else {}
    return {
        get_named_type(argument.type).name: _group_of(get_named_type(each.type))
        for each in mutations.values()
        for argument in each.args.values()
        if isinstance(get_named_type(argument.type), GraphQLInputObjectType)
    }


def _root_entry(root: str, name: str, each: GraphQLField, samples: Samples) -> Entry:
    part = _part(name, each)
    return Entry(f"{root}-{name}", name, "", part, (), _example(samples.of_field(root, name)))


def _type_entry(kind: GraphQLNamedType, samples: Samples) -> Entry:
    words = next(words for those, words in KIND_WORDS if isinstance(kind, those))
    part = Part(kind.name, kind.description or "", parts=list(_parts(kind)))
    example = _example(samples.of(kind.name))
    return Entry(f"type-{kind.name}", kind.name, words, part, _related(kind), example)


def _parts(kind: GraphQLNamedType) -> Iterator[Part]:
    if isinstance(kind, GraphQLEnumType):
        for name, value in kind.values.items():
            yield Part(name, value.description or "", deprecated=value.deprecation_reason or "")
    for name, each in getattr(kind, "fields", {}).items():
        yield _part(name, each)


def _part(name: str, each: Any) -> Part:
    """A field, an input field or an argument."""
    return Part(
        name,
        each.description or "",
        str(each.type),
        get_named_type(each.type).name,
        _default(each),
        each.deprecation_reason or "",
        [_part(given, argument) for given, argument in getattr(each, "args", {}).items()],
    )


def _default(each: Any) -> str:
    """As documents write it; "" where there is none."""
    value = getattr(each, "default_value", Undefined)
    node = None if value is Undefined else ast_from_value(value, each.type)
    return print_ast(node) if node else ""


def _related(kind: GraphQLNamedType) -> Sequence[str]:
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        return sorted(each.name for each in graphql_schema.get_possible_types(kind))
    return [each.name for each in getattr(kind, "interfaces", ())]


def _walks() -> list[tuple[str, str, list[tuple[str, Example]]]]:
    return [
        (walk.anchor, walk.title, [(each.words, _example(each)) for each in walk.steps])
        for walk in walks(clock.today("UTC"))
    ]


def _example(sample: Sample | Step) -> Example:
    variables = (
        json.dumps(sample.variables, indent=2, ensure_ascii=False) if sample.variables else ""
    )
    parts = {"document": sample.document, **({"variables": variables} if variables else {})}
    link = "" if UPLOAD in sample.document else f"/graphql#{urlencode(parts)}"
    return Example(sample.document, variables, link)
