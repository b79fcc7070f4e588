"""What people say of a project and of what is in it: a page for each thing, one for each comment,
to which mails lead, and the forms."""

from collections.abc import Mapping
from typing import Any

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from tracker.domain.comments import actions, queries
from tracker.domain.comments.actions import CommentDraft, CommentText
from tracker.domain.comments.rules import rewrites, withdraws
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.messages import say
from tracker.domain.references import Reference
from tracker.graphql import ReadError
from tracker.web.forms import NOTHING, Posted, PostedForm, failure, read_form
from tracker.web.identity import person_of
from tracker.web.pages import ABSENT, AnyRequest, Page, draw, read, reader_of, redirect
from tracker.web.places import page_of
from tracker.web.templates import number_of

PARTS = {
    **dict.fromkeys(("result", "indicator", "period"), "/results#{kind}-{number}"),
    **dict.fromkeys(("budget_line", "transaction"), "/budget#{kind}-{number}"),
    "evaluation": "#evaluations",
}
"""Kind without a page of its own -> where in its project's pages it stands."""


@get("/discussions/{kind:str}/{number:int}")
async def listing(
    request: AnyRequest, kind: FromPath[str], number: FromPath[int], before: FromQuery[str] = ""
) -> Page:
    """What is said of one thing, or of a project and all that is in it."""
    return await _list_page(request, _known(kind), number, NOTHING, before[:500])


@post("/discussions/{kind:str}/{number:int}")
async def add(
    request: AnyRequest, kind: FromPath[str], number: FromPath[int], form: PostedForm
) -> Response[Any]:
    """Say something of it."""
    actor, subject = await person_of(request), _known(kind)
    try:
        said = read_form(CommentText, form)
        draft = CommentDraft(subject_id=Reference(subject.value, number), **vars(said))
        comment = await actions.add(actor, draft)
    except (Invalid, Conflict) as refusal:
        return await _list_page(request, subject, number, form, refusal=refusal)
    told = set(await queries.mentioned(comment.id)) - {actor.person_id}
    flash = "said-to" if told else "said"
    return redirect(f"/discussions/{kind}/{number}#comment-{comment.id}", flash)


@get("/comments/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """One comment, and the way to what it is about."""
    actor = await person_of(request)
    data = await read(request, "comments/show", {"id": f"Comment:{number}"}, shows="comment")
    comment = data["comment"]
    stands, author = comment["withdrawnAt"] is None, number_of(comment["author"]["id"])
    return draw(
        request, "comments/show", data, **_places(comment),
        edits=stands and rewrites(actor, author), withdraws=stands and withdraws(actor, author),
    )  # fmt: skip


@get("/comments/{number:int}/{verb:str}")
async def step(request: AnyRequest, number: FromPath[int], verb: FromPath[str]) -> Page:
    """What to say instead, or whether to take it back."""
    return await _step_page(request, number, verb, NOTHING)


@post("/comments/{number:int}/{verb:str}")
async def take_step(
    request: AnyRequest, number: FromPath[int], verb: FromPath[str], form: PostedForm
) -> Response[Any]:
    """Rewrite it, or take it back."""
    actor, seen = await person_of(request), form.seen_version
    try:
        if verb == "edit":
            await actions.edit(actor, number, read_form(CommentText, form), seen)
        elif verb == "withdraw":
            await actions.withdraw(actor, number, seen)
        else:
            raise NotFound(ABSENT)
    except (Invalid, Conflict) as refusal:
        return await _step_page(request, number, verb, form, refusal=refusal)
    return redirect(f"/comments/{number}", "saved")


async def _list_page(
    request: AnyRequest,
    kind: CommentSubject,
    number: int,
    form: Posted,
    before: str = "",
    refusal: Invalid | Conflict | None = None,
) -> Page:
    actor = await person_of(request)
    project = await queries.project_of(kind, number)
    if project is None or not await queries.sees(actor, project, kind, number):
        raise NotFound(ABSENT)
    only = {"subjectType": {"eq": kind.name}, "subjectId": {"eq": number}}
    whole = {"project": {"id": {"eq": f"Project:{number}"}}}
    asked = {
        "subject": f"{kind.type_name}:{number}",
        "filter": whole if kind is CommentSubject.PROJECT else only,
        "before": before or None,
    }
    try:
        data = await read(request, "comments/list", asked, shows="subject")
    except ReadError as error:
        if not before:
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error
    subject, failed = data["subject"], failure(refusal) if refusal else None
    return draw(
        request, "comments/list", data, status=failed.status if failed else 200,
        errors=failed.errors if failed else {}, form=form, kind=kind.value, before=before,
        address=f"/discussions/{kind.value}/{number}", project=_project(subject),
        called=_name(request, subject), back=_place(kind, number, subject),
        people=list((await queries.audience(project, kind, number)).items()),
    )  # fmt: skip


async def _step_page(
    request: AnyRequest,
    number: int,
    verb: str,
    form: Posted,
    refusal: Invalid | Conflict | None = None,
) -> Page:
    actor = await person_of(request)
    data = await read(request, "comments/show", {"id": f"Comment:{number}"}, shows="comment")
    comment, failed = data["comment"], failure(refusal) if refusal else None
    author = number_of(comment["author"]["id"])
    may = {"edit": rewrites(actor, author), "withdraw": withdraws(actor, author)}
    if verb not in may:
        raise NotFound(ABSENT)
    if not may[verb]:
        raise Forbidden(say("Only who wrote a comment changes it; an officer may withdraw it."))
    if comment["withdrawnAt"] and failed is None:
        raise Forbidden(say("This comment was withdrawn."))
    kind = CommentSubject[comment["subjectType"]]
    people = await queries.audience(number_of(comment["project"]["id"]), kind, comment["subjectId"])
    chosen = form.texts("person_ids") if failed else _mentioned(comment)
    return draw(
        request, "comments/step", data, status=failed.status if failed else 200,
        errors=failed.errors if failed else {}, form=form, verb=verb, people=list(people.items()),
        chosen=chosen, **_places(comment),
    )  # fmt: skip


def _known(kind: str) -> CommentSubject:
    if kind not in list(CommentSubject):
        raise NotFound(ABSENT)
    return CommentSubject(kind)


def _places(comment: dict[str, Any]) -> dict[str, Any]:
    """Where what a comment is about is shown, and all that is said of it."""
    kind, number = comment["subjectType"].lower(), comment["subjectId"]
    return {
        "back": _path(kind, number, comment["project"]["code"]),
        "all": f"/discussions/{kind}/{number}",
    }


def _path(kind: str, number: int, code: str) -> str:
    part = PARTS.get(kind, "").format(kind=kind, number=number)
    return page_of(kind, number) or f"/projects/{code}{part}"


def _place(kind: CommentSubject, number: int, subject: Mapping[str, Any]) -> str:
    """Where the subject stands: evidence, on the page of what it shows."""
    for name in ("milestone", "value") if kind is CommentSubject.EVIDENCE else ():
        if owner := subject[name]:
            return f"{page_of(name, number_of(owner['id']))}#evidence"
    return _path(kind.value, number, _project(subject)["code"])


def _mentioned(comment: dict[str, Any]) -> list[str]:
    return [str(number_of(each["person"]["id"])) for each in comment["mentions"]["nodes"]]


def _project(subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """The project of what was read, by its own way to it."""
    if "code" in subject:
        return subject
    ways = (subject, subject.get("milestone") or {}, subject.get("value") or {})
    found = (way.get("project") or way.get("about") for way in ways)
    return next(each for each in found if each)


def _name(request: AnyRequest, subject: Mapping[str, Any]) -> str:
    """What to call it: its title or its city, with the days that it is of."""
    within = subject.get("reported") or subject
    told = (
        *(within.get("title"), within.get("description")),
        (within.get("indicator") or {}).get("title"),
        (within.get("city") or {}).get("name"),
    )
    title = next((each for each in told if each), "")
    if "startsOn" not in within:
        return str(title)
    day = reader_of(request).day
    return f"{title}, {day(within['startsOn'])} – {day(within['endsOn'])}"
