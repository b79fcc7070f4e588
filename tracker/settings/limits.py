"""Settings about how much anybody may ask for, and how much a process keeps."""

from dataclasses import dataclass

from tracker.settings import parse
from tracker.settings.declare import limits_setting, setting
from tracker.settings.parse import Limits


@dataclass(frozen=True, kw_only=True)
class LimitSettings:
    """Sizes, numbers, rates."""

    plan_cache_size: int = setting(
        "PLAN_CACHE_SIZE",
        parse.whole(1, 100_000),
        "500",
        "How many compiled GraphQL documents a process keeps.",
    )
    socket_check_seconds: int = setting(
        "SOCKET_CHECK_SECONDS",
        parse.whole(1, 60),
        "30",
        "How often open WebSockets are checked for ended sessions and revoked tokens, besides at"
        " once when one ends.",
    )
    sockets_per_person: int = setting(
        "SOCKETS_PER_PERSON",
        parse.whole(1, 1000),
        "20",
        "Open WebSockets that one person may have in a process.",
    )
    answer_cache_mb: int = setting(
        "ANSWER_CACHE_MB",
        parse.whole(0, 10_000),
        "16",
        "Megabytes of answers that a process keeps and sends again while nothing in the database"
        " has changed; `0` keeps none.",
    )
    graphql_introspection: str | None = setting(
        "GRAPHQL_INTROSPECTION",
        parse.one_of("everybody", "people"),
        "",
        "Who is shown the schema, and names that look like a mistyped one: `everybody`, or"
        " `people` who have signed in. Not set: people, and everybody in the demonstration.",
    )
    graphql_get: str | None = setting(
        "GRAPHQL_GET",
        parse.one_of("everybody", "people"),
        "",
        "Who may send a query by GET, which other sites can make a browser do and which stands in"
        " the logs of proxies: `everybody`, or `people` who have signed in. Not set: everybody, and"
        " people with `PRODUCTION=1`. Documents asked for by their hash are for everybody.",
    )
    graphql_tokens: int = setting(
        "GRAPHQL_TOKENS",
        parse.whole(10, 100_000),
        "1000",
        "Tokens of a GraphQL document at most, and fields once its fragments are unfolded.",
    )
    graphql_depth: int = setting(
        "GRAPHQL_DEPTH",
        parse.whole(1, 50),
        "8",
        "How deep the fields of a document may nest; `nodes`, `edges`, `node` and `pageInfo` of a"
        " connection count as no level.",
    )
    graphql_aliases: int = setting(
        "GRAPHQL_ALIASES", parse.whole(0, 10_000), "15", "Aliases in a document."
    )
    graphql_directives: int = setting(
        "GRAPHQL_DIRECTIVES",
        parse.whole(0, 10_000),
        "10",
        "Directives in a document.",
    )
    graphql_root_fields: int = setting(
        "GRAPHQL_ROOT_FIELDS",
        parse.whole(1, 1000),
        "15",
        "Fields at the top of an operation.",
    )
    graphql_rows: int = setting(
        "GRAPHQL_ROWS",
        parse.whole(1, 1_000_000),
        "5000",
        "Rows that the nested pages of an operation may ask for: the product of their sizes.",
    )
    graphql_page: int = setting(
        "GRAPHQL_PAGE", parse.whole(1, 100), "100", "Rows of a page: `first`, `last`."
    )
    graphql_body_bytes: int = setting(
        "GRAPHQL_BODY_BYTES",
        parse.whole(1000, 100_000_000),
        "100000",
        "Bytes of a request to the GraphQL API.",
    )
    graphql_json_depth: int = setting(
        "GRAPHQL_JSON_DEPTH",
        parse.whole(5, 500),
        "30",
        "How deep the variables of a request may nest.",
    )
    graphql_documents: int = setting(
        "GRAPHQL_DOCUMENTS",
        parse.whole(0, 100_000),
        "1000",
        "How many documents clients may leave to ask for by their hash; `0` turns that off.",
    )
    head_bytes: int = setting(
        "HEAD_BYTES",
        parse.whole(4000, 1_000_000),
        "64000",
        "Bytes of a request's line and headers.",
    )
    address_bytes: int = setting(
        "ADDRESS_BYTES",
        parse.whole(1000, 1_000_000),
        "16000",
        "Bytes of the address that a request is for, a query in it included.",
    )
    connections_per_address: int = setting(
        "CONNECTIONS_PER_ADDRESS",
        parse.whole(1, 100_000),
        "200",
        "Open connections that one address may have in a process; trusted proxies have any number.",
    )
    sockets_per_address: int = setting(
        "SOCKETS_PER_ADDRESS",
        parse.whole(1, 100_000),
        "100",
        "Open WebSockets of one address on which nobody has signed in.",
    )
    socket_message_bytes: int = setting(
        "SOCKET_MESSAGE_BYTES",
        parse.whole(1000, 10_000_000),
        "100000",
        "Bytes of one message over a WebSocket.",
    )
    form_bytes: int = setting(
        "FORM_BYTES", parse.whole(10_000, 10_000_000), "100000", "Bytes of a form."
    )
    form_fields: int = setting("FORM_FIELDS", parse.whole(50, 10_000), "500", "Fields of a form.")
    file_mb: int = setting("FILE_MB", parse.whole(1, 1000), "10", "Megabytes of one file.")
    upload_parts: int = setting(
        "UPLOAD_PARTS",
        parse.whole(4, 100),
        "10",
        "Parts of a request that carries files, each file and each field being one.",
    )
    files_per_project: int = setting(
        "FILES_PER_PROJECT",
        parse.whole(1, 1_000_000),
        "1000",
        "Files that the milestones of one project may hold together.",
    )
    files_mb_per_project: int = setting(
        "FILES_MB_PER_PROJECT",
        parse.whole(1, 1_000_000),
        "2000",
        "Megabytes of all files of one project.",
    )
    limit_sign_in: Limits = limits_setting(
        "LIMIT_SIGN_IN",
        "10/900 100/900",
        "Tries to sign in: how many in how many seconds for one account, then for one address,"
        " which people may share; `0/1` stands for no limit. So for each `LIMIT_…`.",
    )
    limit_mail: Limits = limits_setting(
        "LIMIT_MAIL", "5/900 50/900", "Mails that somebody asks for who has not signed in."
    )
    limit_api: Limits = limits_setting(
        "LIMIT_API", "6000/60 1500/60", "Requests to the GraphQL API."
    )
    limit_upload: Limits = limits_setting(
        "LIMIT_UPLOAD", "100/3600 500/3600", "Requests that carry files."
    )
    limit_export: Limits = limits_setting("LIMIT_EXPORT", "60/3600 300/3600", "Exports.")
    limit_invitation: Limits = limits_setting(
        "LIMIT_INVITATION", "100/86400 500/86400", "Invitations sent."
    )
    limit_trial: Limits = limits_setting(
        "LIMIT_TRIAL", "20/3600 100/3600", "Trials of a channel for digests."
    )
    errors_logged: int = setting(
        "ERRORS_LOGGED",
        parse.whole(1, 100_000),
        "10",
        "Unexpected errors of the GraphQL API that are logged per client and minute; more are"
        " only counted.",
    )
