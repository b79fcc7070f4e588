"""In which media type GraphQL is answered, by the request's Accept header (RFC 9110, 12.5.1)."""

RESPONSE_TYPE = b"application/graphql-response+json"
JSON_TYPE = b"application/json"


def answer_type(accepted: bytes) -> bytes | None:
    """The media type to answer in, None when neither will do. Of two that are wanted alike, the
    one that says more."""
    if not accepted.strip():
        return JSON_TYPE
    found = {_media(part) for part in accepted.lower().split(b",")}
    weights = dict(sorted(found, key=lambda each: each[1]))
    any_json = max(weights.get(b"application/*", 0.0), weights.get(b"*/*", 0.0))
    plain = weights.get(JSON_TYPE, any_json)
    full = weights.get(RESPONSE_TYPE, 0.0)
    if full == plain == 0.0:
        return None
    return RESPONSE_TYPE if full >= plain else JSON_TYPE


def _media(part: bytes) -> tuple[bytes, float]:
    name, *parameters = (each.strip() for each in part.split(b";"))
    for parameter in parameters:
        key, _, value = parameter.partition(b"=")
        if key.strip() == b"q":
            try:
                return name, float(value)
            except ValueError:
                return name, 0.0
    return name, 1.0
