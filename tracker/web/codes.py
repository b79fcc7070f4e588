"""What each code of the API's errors means and what to do, for the guide; and the code of what is
refused with a status of HTTP."""

from collections.abc import Mapping
from http import HTTPStatus

from tracker.graphql.planner.codes import ErrorCode

TOLD: Mapping[ErrorCode, str] = {
    ErrorCode.GRAPHQL_PARSE_FAILED: "The document is no GraphQL. Mend it where the error says.",
    ErrorCode.GRAPHQL_VALIDATION_FAILED: (
        "The document does not fit the schema. Compare it with the reference."
    ),
    ErrorCode.OPERATION_RESOLUTION_FAILURE: (
        "The document has several operations, or none of that name. Name one by `operationName`."
    ),
    ErrorCode.BAD_USER_INPUT: (
        "A variable is missing or of the wrong kind. Send what its type wants."
    ),
    ErrorCode.BAD_ARGUMENT: (
        "An argument cannot be used so; `extensions.argument` names it where it is known."
    ),
    ErrorCode.BAD_CURSOR: "The cursor is not one of this list. Begin at its first page.",
    ErrorCode.BAD_VALUE: "The database cannot use a value. Send another one.",
    ErrorCode.BAD_PATTERN: "A pattern cannot be read. Send another one.",
    ErrorCode.DATE_OUT_OF_RANGE: "A date lies outside of what the database knows.",
    ErrorCode.NUMBER_OUT_OF_RANGE: "A number is larger than the database holds.",
    ErrorCode.DIVISION_BY_ZERO: "Something would be divided by zero.",
    ErrorCode.TOO_MUCH: "More is asked than a limit allows. Ask for less, or in parts.",
    ErrorCode.TIMEOUT: "The read took too long. Ask for fewer rows or less in each.",
    ErrorCode.INTERNAL: (
        "Something broke here. Try again later, and tell the secretariat the number."
    ),
    ErrorCode.BAD_REQUEST: "The request cannot be read. Send what the message asks for.",
    ErrorCode.UNAUTHENTICATED: (
        "This is not for the public, or the token counts no more. Sign in or send a valid token."
    ),
    ErrorCode.FORBIDDEN: "You may not do that. Somebody else must, or another token.",
    ErrorCode.NOT_FOUND: "There is nothing at this address, or you may not see it.",
    ErrorCode.CONFLICT: "Something changed meanwhile. Look again, then decide.",
    ErrorCode.METHOD_NOT_ALLOWED: "Send it by POST; GET runs queries only.",
    ErrorCode.NOT_ACCEPTABLE: "Answers come as JSON. Accept one of the types that are named.",
    ErrorCode.REQUEST_TIMEOUT: "The request came too slowly. Send it again.",
    ErrorCode.TOO_LARGE: "The request has too many bytes. Send less at once.",
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: "Send the request as JSON in UTF-8.",
    ErrorCode.TOO_OFTEN: "Too many requests. Wait as long as `Retry-After` says.",
    ErrorCode.UNAVAILABLE: "It cannot be answered at this moment. Try again.",
    ErrorCode.PERSISTED_DOCUMENT_NOT_FOUND: (
        "The `documentId` is not known. Send the document along, once."
    ),
    ErrorCode.PERSISTED_QUERY_NOT_FOUND: (
        "The hash is not known. Send the document along, once; Apollo's clients do so."
    ),
    ErrorCode.SOCKET_NEEDED: "Subscriptions run over a WebSocket at the same address.",
    ErrorCode.REFETCH: "Too much has happened since that place. Read the data again.",
}

_STATUSES: Mapping[int, ErrorCode] = {
    401: ErrorCode.UNAUTHENTICATED,
    403: ErrorCode.FORBIDDEN,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    406: ErrorCode.NOT_ACCEPTABLE,
    408: ErrorCode.REQUEST_TIMEOUT,
    409: ErrorCode.CONFLICT,
    413: ErrorCode.TOO_LARGE,
    415: ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    429: ErrorCode.TOO_OFTEN,
    503: ErrorCode.UNAVAILABLE,
}


def code_of(status: int) -> ErrorCode:
    """The code of what is refused with this status."""
    broken = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return _STATUSES.get(status, ErrorCode.INTERNAL if broken else ErrorCode.BAD_REQUEST)
