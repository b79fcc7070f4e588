"""Mails on their way, for those who run the tracker: how many stand where, each with what relays
answered, and what can be done about one. What a mail says, its reader alone sees here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.deliveries import operating, suppressing
from tracker.domain.errors import Conflict, Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.resending import actions as resending
from tracker.domain.roles import Permission
from tracker.graphql import ReadError
from tracker.locale import Reader
from tracker.web.delivery_keys import about
from tracker.web.forms import NOTHING, Posted, PostedForm, failure
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw, read, reader_of, redirect
from tracker.web.trail import midnight
from tracker.web.words import DELIVERY_KINDS, DELIVERY_STATES, SUPPRESSION_REASONS

PAGE_SIZE = 20

RESTING = ("DUE", "READY")
UNSENT = (*RESTING, "SENDING", "IN_DOUBT")

DAYS = 14
"""Days whose mails are counted by relay."""

MONTHS = 12
"""Months of whose digests it is told how they were received."""


@dataclass(frozen=True)
class Choice:
    """The reader's filters. `day` is a civil date in the reader's zone."""

    state: str = ""
    kind: str = ""
    who: str = ""
    day: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Choice":
        """What is not offered counts as not chosen: addresses get mangled."""
        state, kind = query.get("state", "").upper(), query.get("kind", "").upper()
        return cls(
            state=state if state in DELIVERY_STATES else "",
            kind=kind if kind in DELIVERY_KINDS else "",
            who=query.get("who", "").replace("\x00", "").strip()[:100],
            day=query.get("day", "")[:10],
        )

    def query(self) -> dict[str, str]:
        """The filters for another address."""
        return {name: value for name, value in asdict(self).items() if value}

    def filter(self, reader: Reader) -> dict[str, Any]:
        """As GraphQL takes it. Raises Invalid for a day that is none."""
        found: dict[str, Any] = {"kind": {"eq": self.kind}} if self.kind else {}
        if self.state:
            found["and"] = [_standing(self.state)]
        if self.who:
            name = {"person": {"name": {"contains": self.who}}}
            found["or"] = [{"address": {"contains": self.who}}, name]
        return found | (_on(self.day, reader) if self.day else {})


@get("/deliveries")
async def listing(request: AnyRequest) -> Page:
    """How many mails stand where, and all of them, the newest first."""
    choice, errors, filter_ = Choice.of(request.query_params), {}, {}
    try:
        filter_ = choice.filter(reader_of(request))
    except Invalid as invalid:
        errors = invalid.fields
    return await _listing(request, choice, filter_, NOTHING, 422 if errors else 200, errors)


@get("/suppressions")
async def suppressions(request: AnyRequest) -> Redirect:
    """The page of mails has them; the address is that of the form which stops some."""
    await _secretariat(request)
    return redirect("/deliveries#suppressions")


@post("/suppressions")
async def suppress(request: AnyRequest, form: PostedForm) -> Response[Any]:
    """Have no mail go to an address any more."""
    actor = await person_of(request)
    try:
        made = await suppressing.add(actor, form.text("address"), form.text("reason"))
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _listing(request, Choice(), {}, form, failed.status, failed.errors)
    return redirect(f"/suppressions/{made.id}", "saved")


async def _listing(
    request: AnyRequest, choice: Choice, filter_: Any, form: Posted, status: int, errors: Any
) -> Page:
    actor = await _secretariat(request)
    since = (clock.now() - timedelta(days=DAYS)).isoformat()
    now = clock.now().isoformat()
    asked = {"filter": filter_, "since": since, "now": now, **_place(request.query_params)}
    try:
        data = await read(request, "deliveries/list", asked)
    except ReadError as error:
        if not {"after", "before"} & asked.keys():
            raise
        raise Invalid({"": [say("This page of the list is no longer there.")]}) from error
    for groups in (data["counts"]["groups"], data["lately"]["groups"]):
        groups["nodes"] = _awaited_apart(groups["nodes"])
    for mail in data["deliveries"]["nodes"]:
        mail["state"] = _said(mail)
    return draw(
        request,
        "deliveries/list",
        data,
        status=status,
        form=form,
        errors=errors,
        choice=choice,
        months=MONTHS,
        operates=actor.may(Permission.OPERATE),
        **_words(request),
    )


@get("/deliveries/{number:int}")
async def show(request: AnyRequest, number: FromPath[int]) -> Page:
    """One mail: its envelope, what relays answered, and what can be done."""
    return await _page(request, number, NOTHING, 200, {})


@post("/deliveries/{number:int}/resend")
async def resend(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Send it once more, as a new mail."""
    actor = await person_of(request)
    return await _done(
        request, number, form, lambda: resending.resend(actor, number, form.text("reason"))
    )


@post("/deliveries/{number:int}/release")
async def release(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """End a doubt: it arrived, or it goes out again."""
    actor, arrived = await person_of(request), form.text("arrived") == "true"
    reason = form.text("reason")
    return await _done(
        request, number, form, lambda: operating.release(actor, number, arrived, reason)
    )


@get("/suppressions/{number:int}")
async def suppression(request: AnyRequest, number: FromPath[int]) -> Page:
    """An address that gets no mail, and why."""
    return await _suppression(request, number, NOTHING, 200, {})


@post("/suppressions/{number:int}/lift")
async def lift(request: AnyRequest, number: FromPath[int], form: PostedForm) -> Response[Any]:
    """Let mails go there again."""
    actor = await person_of(request)
    try:
        await suppressing.lift(actor, number, form.text("reason"))
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _suppression(request, number, form, failed.status, failed.errors)
    return redirect(f"/suppressions/{number}", "saved")


async def _done(
    request: AnyRequest, number: int, form: Posted, act: Callable[[], Awaitable[Any]]
) -> Response[Any]:
    try:
        done = await act()
    except (Invalid, Conflict) as refusal:
        failed = failure(refusal)
        return await _page(request, number, form, failed.status, failed.errors)
    return redirect(f"/deliveries/{done.id}", "saved")


async def _page(request: AnyRequest, number: int, form: Posted, status: int, errors: Any) -> Page:
    actor = await _secretariat(request)
    asked = {"id": f"Delivery:{number}"}
    data = await read(request, "deliveries/show", asked, shows="delivery")
    mail = data["delivery"]
    for each in (mail, *mail["resent"]["nodes"]):
        each["state"] = _said(each)
    waits = mail["state"] in RESTING and _is_to_come(mail)
    operates, ended = actor.may(Permission.OPERATE), mail["state"] not in UNSENT
    return draw(
        request,
        "deliveries/show",
        data,
        status=status,
        form=form,
        errors=errors,
        operates=operates,
        ended=ended,
        again=await resending.prospect(actor, number) if operates and ended else None,
        waits=mail["waitsFor"] if waits else None,
        first_waits=bool(mail["goesAfter"]) and _is_to_come(mail["goesAfter"]),
        about=about(reader_of(request), mail["kind"], mail["key"]),
        **_words(request),
    )


def _said(mail: Mapping[str, Any]) -> str:
    """The state that people are told: in doubt only once no answer of the relay came in time."""
    state: str = "SENDING" if mail["answerAwaited"] else mail["state"]
    return state


def _standing(state: str) -> dict[str, Any]:
    """The mails of which people are told that state, as GraphQL takes it."""
    awaited = {"answerAwaited": {"eq": True}}
    same = {"state": {"eq": state}}
    if state == "SENDING":
        return {"or": [same, awaited]}
    return {**same, "not": awaited} if state == "IN_DOUBT" else same


def _awaited_apart(groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Groups by state, and by what else there is; those in doubt whose answers may still come
    count among those being sent."""
    counts: dict[tuple[Any, ...], dict[str, Any]] = {}
    for group in groups:
        awaited = group["answersAwaited"]
        for state, count in (
            (group["keys"]["state"], group["count"] - awaited),
            ("SENDING", awaited),
        ):
            keys = {**group["keys"], "state": state}
            if count:
                told = counts.setdefault(tuple(keys.values()), {"keys": keys, "count": 0})
                told["count"] += count
    return list(counts.values())


def _is_to_come(mail: Mapping[str, Any]) -> bool:
    """Whether nobody takes the mail up before an instant that is yet to come."""
    return datetime.fromisoformat(mail["nextTryAt"]) > clock.now()


async def _suppression(
    request: AnyRequest, number: int, form: Posted, status: int, errors: Any
) -> Page:
    actor = await _secretariat(request)
    asked = {"id": f"Suppression:{number}"}
    data = await read(request, "deliveries/suppression", asked, shows="suppression")
    return draw(
        request,
        "deliveries/suppression",
        data,
        status=status,
        form=form,
        errors=errors,
        operates=actor.may(Permission.OPERATE),
        **_words(request),
    )


async def _secretariat(request: AnyRequest) -> Actor:
    actor = await person_of(request)
    if not actor.secretariat:
        raise Forbidden(say("Only the secretariat sees mails on their way to others."))
    return actor


def _words(request: AnyRequest) -> dict[str, Any]:
    reader = reader_of(request)
    named = {
        "kinds": DELIVERY_KINDS,
        "states": DELIVERY_STATES,
        "reasons": SUPPRESSION_REASONS,
    }
    return {
        name: {key: reader.gettext(words) for key, words in found.items()}
        for name, found in named.items()
    }


def _place(query: Mapping[str, str]) -> dict[str, Any]:
    """Where in the list, as Relay's arguments."""
    if query.get("before"):
        return {"last": PAGE_SIZE, "before": query["before"][:500]}
    after = {"after": query["after"][:500]} if query.get("after") else {}
    return {"first": PAGE_SIZE, **after}


def _on(text: str, reader: Reader) -> dict[str, Any]:
    try:
        day = date.fromisoformat(text)
        end = day + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise Invalid({"day": [say("Write a day such as 2026-11-25.")]}) from error
    return {"createdAt": {"gte": midnight(day, reader), "lt": midnight(end, reader)}}
