"""A mail of each kind, as full as it can be, in any language: what templates say of what people
wrote. The contexts are those that the workers make, see the head of each template."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from tests.browser.words import WORDS, Words
from tracker import mail
from tracker.digests.room import Part
from tracker.domain.answers.replies import SEVERAL
from tracker.domain.messages import say
from tracker.mail import Mail

Context = dict[str, Any]

NOW = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
DAY, LATER = "2026-11-20", "2026-12-18"
BASE = "https://tracker.example.org"
SUBJECT = {"id": "Thing:12"}


def mails(language: str, kinds: Iterable[str]) -> Iterator[tuple[str, Mail]]:
    """Mails of the kinds in the language, each with its kind."""
    words = WORDS[language]
    for name in kinds:
        for context in KINDS[name](words):
            yield (
                name,
                mail.render(name, language, _common(words) | context, time_zone="Asia/Seoul"),
            )


def _common(words: Words) -> Context:
    return {
        "recipient": words.person, "base_url": BASE, "composed_at": NOW, "at": NOW,
        "takes_replies": True, "reader_id": "Person:1", "doer": {"name": words.person},
        "copy": "7", "mailed_at": NOW, "verdict_url": f"{BASE}/verdicts/secret", "minutes": 10,
        "answer_until": LATER,
        "link": f"{BASE}/sign-in/secret", "briefing": True, "contact": "office@tracker.example.org",
    }  # fmt: skip


def digest(words: Words) -> Iterator[Context]:
    """With all that it can say, and with nothing."""
    step = {"milestone": words.milestone, "owner": words.city, "due_on": LATER}
    own, theirs = _projects(words)
    yield {
        **_QUIET,
        "cities": _part([words.city, "Nairobi"]),
        "verdict": {"on_track": 21, "at_risk": 2, "off_track": 5, "unknown": 1, "reviewing": 2,
                    "waiting": 4, "deciding": 3},
        "quiet": False, "first": False, "late": True,
        "alone": ("", ""),
        "decisions": _part(_decisions(words)),
        "decided": _part(_decided(words)),
        "waiting": _part(_waiting(words)),
        "attention": _part(_attention(words, step)),
        "achieved": _part([
            {**own, **step, "what": "accept", "on": DAY, "next": step},
            {**theirs, "what": "close", "on": DAY, "next": None},
        ]),
        "upcoming": _part([{**own, **step}, {**theirs, **step, "milestone": words.foreign}]),
        "outcomes": _part([{**own, **each} for each in _readings(words)]),
        "slipped": _part([{**own, "milestone": words.milestone, "was": DAY, "due_on": LATER,
                           "moves": 2, "reason": words.reason, "days": 28}]),
        "missing": _part([
            {**own, "silent_since": DAY,
             "values": _part([words.indicator, words.foreign, words.unit])}
        ]),
        "blocks": _part(_blocks(words)),
        "portfolio": _part(_portfolio(words)),
    }  # fmt: skip
    yield _QUIET


_QUIET: Context = {
    **dict.fromkeys(("decisions", "decided", "waiting", "attention", "achieved", "upcoming",
                     "outcomes", "slipped", "missing", "portfolio", "cities", "blocks"), ()),
    "quiet": True, "first": True, "late": False, "ahead_days": 30,
    "verdict": dict.fromkeys(
        ("on_track", "at_risk", "off_track", "unknown", "reviewing", "deciding", "waiting"), 0
    ),
    "period_from": datetime(2026, 11, 17, tzinfo=UTC), "period_to": NOW,
}  # fmt: skip


def _part(entries: list[Any]) -> Part:
    return Part(entries, 1234, "/projects")


def _place(words: Words) -> Context:
    return {"name": words.city, "localName": words.city, "languages": []}


def _projects(words: Words) -> tuple[Context, Context]:
    return (
        {"code": "ESH-2026-0012", "title": words.project},
        {"code": "ESH-2026-0034", "title": words.foreign},
    )


def _decisions(words: Words) -> list[Context]:
    own, theirs = _projects(words)
    common = {"address": "/decisions/12", "city": words.city, "deadline_on": DAY}
    return [
        {**own, **common, "kind": "ACCEPT", "overdue": True, "deputy": True},
        {**theirs, **common, "kind": "WAIVE", "overdue": False, "deputy": False},
    ]


def _decided(words: Words) -> list[Context]:
    own, theirs = _projects(words)
    common = {"address": "/decisions/12", "on": DAY}
    return [
        {**own, **common, "kind": "SIGN", "state": "GIVEN", "by": words.person},
        {**theirs, **common, "kind": "ESCALATE", "state": "GIVEN", "by": None},
    ]


def _waiting(words: Words) -> list[Context]:
    own, theirs = _projects(words)
    common = {**own, "address": "/x/12", "city": words.city, "due_on": None, "since": DAY,
              "overdue": False}  # fmt: skip
    return [
        {**common, "what": "plan_change", "name": words.reason},
        {**common, "what": "status_report", "name": "1–31.10.2026", "due_on": DAY},
        {**common, **theirs, "what": "value", "name": words.indicator},
        {**common, "what": "proposal", "name": f"{words.city} → Nairobi", "city": ""},
        {**common, "what": "risk", "name": words.foreign, "city": "", "due_on": DAY,
         "overdue": True},
    ]  # fmt: skip


def _attention(words: Words, step: Context) -> list[Context]:
    own, theirs = _projects(words)
    common = {"was": None, "since": None, "behind": False, "suspended": False, "reason": "",
              "reported": None, "late": None, "late_days": 0, "next": None}  # fmt: skip
    return [
        {**common, **own, "health": "RED", "was": "AMBER", "since": DAY, "reported": "GREEN",
         "late": step, "late_days": 35, "next": step},
        {**common, **theirs, "health": "AMBER", "behind": True, "late": step, "late_days": 1},
        {**common, **theirs, "health": "UNKNOWN", "suspended": True, "reason": words.reason},
    ]  # fmt: skip


def _readings(words: Words) -> list[Context]:
    common = {"unit": words.unit, "narrative": "", "target": "10", "as_of": DAY, "type": "OUTCOME",
              "disputed": False, "new": True, "qualitative": False}  # fmt: skip
    figures = [("40", "12.5", "0.917"), ("40", "43", "-0.1"), (None, "10", "1"), (None, None, None)]
    return [
        {**common, "indicator": indicator, "baseline": baseline, "actual": actual,
         "achievement": share, "disputed": share == "1"}
        for indicator, (baseline, actual, share) in zip(
            (words.indicator, words.foreign) * 2, figures, strict=True
        )
    ]  # fmt: skip


def _standing(words: Words) -> list[Context]:
    own, theirs = _projects(words)
    said = [("RED", "ACTIVE", "0.4"), ("UNKNOWN", "ACTIVE", "0"), (None, "AGREED", None),
            (None, "CLOSED", "1")]  # fmt: skip
    return [
        {**project, "partner": words.city, "health": health, "state": state, "progress": share}
        for project, (health, state, share) in zip((own, theirs) * 2, said, strict=True)
    ]


def _portfolio(words: Words) -> list[Context]:
    troubles = [(True, 35, True), (False, 0, False), (False, 1, False), (False, 0, True)]
    return [
        {**each, "suspended": suspended, "late_days": days, "behind": behind}
        for each, (suspended, days, behind) in zip(_standing(words), troubles, strict=True)
    ]


def _blocks(words: Words) -> list[Context]:
    benefits = [{**each, "benefit": each["title"]} for each in _projects(words)]
    return [
        {"name": f"{side}-12", "city": words.city, "side": side,
         "projects": _part(_standing(words)), "benefits": _part(benefits)}
        for side in ("donor", "recipient")
    ]  # fmt: skip


def closing(words: Words) -> Iterator[Context]:
    own, _ = _projects(words)
    yield {
        "project": own | {"actualStartOn": DAY, "actualEndOn": LATER},
        "donor": words.city, "recipient_city": "Nairobi",
        "milestones": _part([
            {"title": each, "completedOn": DAY} for each in (words.milestone, words.foreign)
        ]),
        "milestones_total": 2,
        "results": _part([{"title": words.project, "readings": _part(_readings(words))}]),
        "lessons": _part(
            [{"city": words.city, "title": words.project, "narrative": words.reason}]
        ),
    }  # fmt: skip


def reminder(words: Words) -> Iterator[Context]:
    """One that can be answered without signing in, one to a deputy, and several of which all
    hear."""
    own, theirs = _projects(words)
    told = _part([{"kind": "LATE", "sentAt": NOW.isoformat(), "person": {"name": words.person}}])
    subject = {"title": words.milestone, "project": own, "kind": "ACCEPT",
               "indicator": {"title": words.indicator}, "startsOn": DAY, "endsOn": LATER,
               "city": _place(words)}  # fmt: skip
    entry = {"kind": "ahead", "late": False, "about": "milestone", "subject": subject,
             "due_on": LATER, "city": _place(words), "deputy": False, "returned_on": None,
             "path": "/x/12", "answer": "", "told": told}  # fmt: skip
    late = entry | {"kind": "late_city", "late": True, "due_on": DAY}
    common = {"more": 0, "where": "/reminders", "late": False, "answer_until": LATER}
    yield common | {"entries": [entry | {"answer": "/answers/secret"}]}
    yield common | {"entries": [entry | {"about": "decision", "deputy": True}]}
    yield common | {"entries": [late | {"about": "period", "returned_on": DAY}]}
    yield common | {"late": True, "more": 3, "entries": [
        late | {"about": about, "subject": subject | {"project": theirs}}
        for about in ("decision", "period", "status_report", "participation", "milestone")
    ]}  # fmt: skip


def decision(words: Words) -> Iterator[Context]:
    own, _ = _projects(words)
    answer = {"answer": "/answers/secret", "answer_until": LATER}
    yield {"verb": "ask", "requirements": {"x": "Money"}, **answer, "subject": SUBJECT | {
        "kind": "ESCALATE", "role": "MAYOR", "question": f"{words.reason}\n{words.foreign}?",
        "requirement": "", "deadlineOn": LATER, "city": _place(words), "project": own,
    }}  # fmt: skip


def decided(words: Words) -> Iterator[Context]:
    common = {"decided_at": NOW, "project": words.foreign, "code": "ESH-2026-0034", "number": 12,
              "city": _place(words)}  # fmt: skip
    yield common | {"kind": "ENDORSE", "state": "GIVEN", "said": None}
    yield common | {"kind": "SIGN", "state": "GIVEN", "said": None, "mayor": words.person}
    yield common | {"kind": "ESCALATE", "state": "REFUSED", "said": words.foreign}


def decided_by_deputy(words: Words) -> Iterator[Context]:
    own, theirs = _projects(words)
    subject = SUBJECT | {"decidedAt": NOW, "city": _place(words), "requirement": "", "question": ""}
    yield {"verb": "give", "subject": subject | {"kind": "ENDORSE", "project": own}}
    yield {"verb": "refuse", "subject": subject | {
        "kind": "SIGN", "project": theirs, "reason": words.foreign,
    }}  # fmt: skip
    yield {"verb": "answer", "subject": subject | {
        "kind": "ESCALATE", "project": own, "answer": f"{words.reason}\n{words.foreign}",
        "question": f"{words.reason}\n{words.foreign}?",
    }}  # fmt: skip


def mention(words: Words) -> Iterator[Context]:
    own, _ = _projects(words)
    for kind, on in (("MILESTONE", None), ("DECISION", {"kind": "SIGN", "city": _place(words)})):
        yield {"verb": "mention", "subject": SUBJECT | {
            "text": f"{words.reason} {words.foreign}", "project": own, "subjectType": kind,
            "about": {"title": words.milestone}, "on": on,
        }}  # fmt: skip


def role(words: Words) -> Iterator[Context]:
    yield {"verb": "grant", "subject": {
        "role": "COORDINATOR", "person": {"id": "Person:2", "name": words.person},
        "city": _place(words),
    }}  # fmt: skip


def delegation(words: Words) -> Iterator[Context]:
    yield {"verb": "delegate", "subject": {
        "deputy": {"id": "Person:1", "name": words.person}, "mayor": {"name": words.person},
        "city": _place(words), "startsOn": DAY, "endsOn": LATER,
    }}  # fmt: skip


def city_sign_on(words: Words) -> Iterator[Context]:
    yield {"verb": "set_up", "subject": {
        "city": _place(words), "issuer": "https://sign-on.example.org/realms/the-city",
        "clientId": "e-sharing-tracker", "active": False, "confirmedAt": None, "endedAt": None,
    }}  # fmt: skip


def reply_refused(words: Words) -> Iterator[Context]:
    files = say("Files are kept with milestones and values alone.")
    own, theirs = _projects(words)
    common = {"subject": f"Re: {words.milestone}", "path": "/x/12", "things": [], "more": 0}
    yield common | {"problems": [files], "kept_some": True, "lost": ""}
    yield common | {"problems": [SEVERAL], "kept_some": False, "lost": f"{words.foreign}\n<b>",
                    "more": 3, "things": [
        {"about": "milestone", "subject": {"title": words.milestone, "project": own}, "path": "/x"},
        {"about": "decision", "subject": {"kind": "SIGN", "project": theirs}, "path": "/x/12"},
    ]}  # fmt: skip


def invitation(words: Words) -> Iterator[Context]:
    yield {"inviter": words.person, "role": "COORDINATOR", "city": _place(words), "expires_at": NOW}


def plain(**context: Any) -> Callable[[Words], Iterator[Context]]:
    """A mail that says nothing of what people wrote but the city's name."""

    def contexts(words: Words) -> Iterator[Context]:
        yield {"city": _place(words), "leaving": words.person, "asking": words.person,
               "titles": [words.project, words.foreign, ""], **context}  # fmt: skip

    return contexts


KINDS = {
    "digest": digest,
    "closing": closing,
    "reminder": reminder,
    "decision": decision,
    "decided": decided,
    "decided_by_deputy": decided_by_deputy,
    "mention": mention,
    "invitation": invitation,
    "role": role,
    "delegation": delegation,
    "city_sign_on": city_sign_on,
    "handover": plain(),
    "sign_in": plain(),
    "sign_on": plain(why=""),
    "reset": plain(),
    "address": plain(),
    "account": plain(what="password_reset"),
    "new_device": plain(device="Firefox, Android", network="203.0.113.0/24"),
    "erasure": plain(),
    "hook_ended": plain(host="chat.example.org", why="HTTP 404"),
    "reply_refused": reply_refused,
}
