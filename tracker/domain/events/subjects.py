"""What events are about, by the name that it has today. In SQL."""

_TITLED = ("project", "milestone", "result", "indicator", "practice", "request", "evidence",
           "indicator_definition", "risk")  # fmt: skip
_OF_A_CITY = ("evaluation", "status_report", "sign_on", "delegation")
_OF_A_PERSON = (
    *("membership", "api_token", "session", "sign_in_link", "password", "second_factor"),
    *("half_sign_in", "sign_on_identity", "digest_subscription", "digest_issue"),
    *("digest_feed", "digest_hook"),
)

CREDENTIALS = (
    "'session', 'api_token', 'sign_in_link', 'half_sign_in', 'password', 'second_factor',"
    " 'sign_on_identity'"
)
"""Kinds of what opens accounts, in SQL."""

_ACCOUNT = (*_OF_A_PERSON, "invitation")
"""What belongs to an account. An invitation does once its person has accepted it."""
_PEOPLE_IN_A_CITY = ("membership", "invitation", "delegation", "sign_on")

_ROLE = ", 'role', v.role, 'city', rc.name"
_PLACE = " LEFT JOIN city rc ON rc.id = v.city"
"""Which role `v` is about, and where."""


def of_account(t: str, person: str = ":person") -> str:
    """Whether the event `t` is about the account of the person, the viewer if not said. The rows
    are looked up once and not for each event."""
    row = "SELECT '{kind}', vr.id FROM {kind} vr WHERE vr.person = {person}"
    rows = " UNION ALL ".join(row.format(kind=kind, person=person) for kind in _ACCOUNT)
    return f"({t}.subject_type, {t}.subject_id) IN (SELECT 'person', {person} UNION ALL {rows})"


def among_account(t: str, person: str) -> str:
    """The same as `of_account`, for a page of one person's events: it begins at the few rows of the
    account, where PostgreSQL would go through everybody's events, the newest first."""
    own = of_account("va", person)
    found = f"SELECT va.id FROM audit_event va WHERE {own}"  # noqa: S608 - ours
    return f"{t}.id = ANY(ARRAY({found}))"


def of_people_in(t: str, cities: str) -> str:
    """Whether the event `t` is about who does what in one of the cities, a SELECT of `city`."""
    row = "SELECT '{kind}', va.id FROM {kind} va JOIN vc USING (city)"
    rows = " UNION ALL ".join(row.format(kind=kind) for kind in _PEOPLE_IN_A_CITY)
    return f"({t}.subject_type, {t}.subject_id) IN (WITH vc AS {cities} {rows})"


def about(t: str, *, of_event: bool = False) -> str:
    """A JSON object of the event `t`: `title`; for decisions also `kind`, for roles and invitations
    `role` and the `city` where it is held, for what is measured `unit`, `startsOn`, `endsOn`,
    `value`; nothing where the subject is gone. Of a draft of a value that is gone, what an event
    `of_event` still tells: its indicator and period, with `gone`."""
    period = f"coalesce(v.period, {_PERIOD_TOLD.format(t=t)})" if of_event else "v.period"
    cases = [
        *(_case(kind, "v.title", f"{kind} v", t) for kind in (*_TITLED, "budget_line")),
        _case("decision", "c.name, 'kind', v.kind", "decision v JOIN city c ON c.id = v.city", t),
        *(
            _case(kind, "c.name", f"{kind} v JOIN city c ON c.id = v.city", t)
            for kind in _OF_A_CITY
        ),
        *(
            _case(kind, "p.name", f"{kind} v JOIN person p ON p.id = v.person", t)
            for kind in _OF_A_PERSON
            if kind != "membership"
        ),
        _case(
            "membership",
            f"p.name{_ROLE}",
            f"membership v{_PLACE} JOIN person p ON p.id = v.person",
            t,
        ),
        _case("transaction", "v.description", '"transaction" v', t),
        _case("plan_change", "left(v.reason, 80)", "plan_change v", t),
        _case(
            "addendum",
            "c.name",
            "addendum v JOIN status_report r ON r.id = v.status_report"
            " JOIN city c ON c.id = r.city",
            t,
        ),
        _case(
            "comment",
            "CASE WHEN v.withdrawn_at IS NULL THEN left(v.text, 80) END",
            "comment v",
            t,
        ),
        _case("delivery", "p.name", "delivery v LEFT JOIN person p ON p.id = v.person", t),
        _case("suppression", "v.address", "suppression v", t),
        _case("person", "v.name", "person v", t),
        _case("city", "v.name", "city v", t),
        _case("invitation", f"v.email{_ROLE}", f"invitation v{_PLACE}", t),
        _case("rate_import", "v.source", "rate_import v", t),
        _case(
            "period",
            "i.title, 'unit', i.unit, 'startsOn', v.starts_on, 'endsOn', v.ends_on,"
            " 'value', v.target_value::text",
            "period v JOIN indicator i ON i.id = v.indicator",
            t,
        ),
        _case("dimension", "v.name", "dimension v", t),
        f"WHEN 'value' THEN ({_VALUE.format(t=t, period=period)})",
    ]
    return f"coalesce(CASE {t}.subject_type {' '.join(cases)} END, '{{}}'::jsonb)"


_VALUE = """SELECT jsonb_build_object('title', i.title, 'unit', i.unit, 'startsOn', r.starts_on,
    'endsOn', r.ends_on, 'value', v.value::text, 'narrative', v.narrative)
    || CASE WHEN v.id IS NULL THEN '{{"gone": true}}' ELSE '{{}}' END::jsonb
FROM (SELECT {t}.subject_id AS number) vs LEFT JOIN value v ON v.id = vs.number
JOIN period r ON r.id = {period} JOIN indicator i ON i.id = r.indicator"""

_PERIOD_TOLD = """(SELECT (vt.after ->> 'period')::integer FROM audit_event vt
    WHERE vt.subject_type = 'value' AND vt.subject_id = {t}.subject_id AND vt.after ? 'period'
    ORDER BY vt.id LIMIT 1)"""
"""Which period a value was begun for."""


def _case(kind: str, title: str, source: str, t: str) -> str:
    found = f"SELECT jsonb_build_object('title', {title}) FROM {source}"  # noqa: S608 - ours
    return f"WHEN '{kind}' THEN ({found} WHERE v.id = {t}.subject_id)"
