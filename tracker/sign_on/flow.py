"""There and back: a person is sent to their city's provider, which sends them back with a code.

The authorization code flow of OpenID Connect, with PKCE, state and nonce, as RFC 9700 has it. What
has to hold on the way back lies sealed in a cookie of the browser that left.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from tracker.domain import clock
from tracker.domain.messages import say
from tracker.domain.people.sign_on import SUBJECT_MOST, Known
from tracker.domain.people.sign_on_providers import ABOUT_SECRET
from tracker.domain.people.sign_on_tables import SignOn
from tracker.domain.sealing import Unreadable, sealed, unsealed
from tracker.outward import ask
from tracker.settings import Settings
from tracker.sign_on.provider import Provider, Unusable, provider

AWAY_MINUTES = 10
LEEWAY_SECONDS = 60
AGE_MOST = 600
"""Seconds that an ID token may be old when it comes."""

ABOUT = "sign-on under way"


class Lost(Exception):
    """Who comes back did not leave from this browser, or left too long ago."""


@dataclass(frozen=True)
class Away:
    """What has to hold when the person comes back."""

    sign_on: int
    issuer: str
    state: str
    nonce: str
    verifier: str
    next_path: str
    until: float


async def leave(settings: Settings, sign_on: SignOn, next_path: str) -> tuple[str, str]:
    """Where to send the person, and what the browser keeps until they come back.

    Raises Unasked or Unusable.
    """
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    found = await provider(settings, sign_on.issuer)
    until = clock.now() + timedelta(minutes=AWAY_MINUTES)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    away = Away(sign_on.id, sign_on.issuer, state, nonce, verifier, next_path, until.timestamp())
    asked = {
        "response_type": "code",
        "client_id": sign_on.client_id,
        "redirect_uri": back_address(settings, sign_on.id),
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    start = found.authorization_endpoint
    joint = "&" if urlsplit(start).query else "?"
    return f"{start}{joint}{urlencode(asked)}", sealed(msgspec.json.encode(away).decode(), ABOUT)


def came_back(kept: str, sign_on_id: int, query: Mapping[str, str]) -> Away:
    """What the browser kept, if it belongs to the answer in the query. Raises Lost."""
    try:
        away = msgspec.json.decode(unsealed(kept, ABOUT), type=Away)
    except (Unreadable, msgspec.MsgspecError) as error:
        raise Lost from error
    same = hmac.compare_digest(away.state.encode(), query.get("state", "").encode())
    if not same or away.sign_on != sign_on_id or clock.now().timestamp() > away.until:
        raise Lost
    return away


async def arrive(
    settings: Settings, sign_on: SignOn, away: Away, query: Mapping[str, str]
) -> Known:
    """Whom the provider has signed in. Raises Unasked, or Unusable for an answer that is another
    provider's, an error, or not to be believed."""
    if sign_on.issuer != away.issuer:
        raise Unusable(say("The sign-on was set up anew while you were there; try again."))
    found = await provider(settings, sign_on.issuer)
    named = query.get("iss")
    if (named is not None or found.names_itself) and named != found.issuer:
        raise Unusable(say("The answer comes from another provider."))
    if "error" in query:
        words = f"{_plain(query['error'])}: {_plain(query.get('error_description'))}"
        raise Unusable(say("The provider says “{words}”.", words=words))
    if not query.get("code"):
        raise Unusable(say("The answer holds no code."))
    tokens = await _traded(settings, found, sign_on, away, query["code"])
    return await _believed(found, sign_on, away, tokens)


async def _traded(
    settings: Settings, found: Provider, sign_on: SignOn, away: Away, code: str
) -> Mapping[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back_address(settings, sign_on.id),
        "code_verifier": away.verifier,
    }
    secret = _secret(sign_on)
    basic = (sign_on.client_id, secret) if secret and found.wants_basic else None
    if basic is None:
        form |= {"client_id": sign_on.client_id} | ({"client_secret": secret} if secret else {})
    status, tokens = await ask(settings, "POST", found.token_endpoint, form=form, basic=basic)
    if status != 200 or not isinstance(tokens.get("id_token"), str):
        said = _plain(tokens.get("error")) or say("no ID token")
        raise Unusable(
            say(
                "The provider does not trade the code ({status}: {said}); is the client secret"
                " right?",
                status=status,
                said=said,
            )
        )
    return tokens


async def _believed(
    found: Provider, sign_on: SignOn, away: Away, tokens: Mapping[str, Any]
) -> Known:
    """The claims, checked: signature, issuer, audience, authorised party, times, nonce, at_hash."""
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import JoseError

    token = await found.read(tokens["id_token"])
    options = {
        "iss": {"essential": True, "value": found.issuer},
        "aud": {"essential": True, "value": sign_on.client_id},
    }
    params = {
        "nonce": away.nonce,
        "client_id": sign_on.client_id,
        "access_token": tokens.get("access_token"),
    }
    claims = CodeIDToken(token.claims, token.header, options, params)
    now = int(clock.now().timestamp())
    try:
        claims.validate(now=now, leeway=LEEWAY_SECONDS)
    except (JoseError, TypeError, ValueError) as error:
        why = say("The ID token is not to be believed ({error}).", error=str(error))
        raise Unusable(why) from error
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != sign_on.client_id:
        raise Unusable(say("The ID token is for others as well, and was not given to us."))
    if not now - AGE_MOST <= claims["iat"] <= now + LEEWAY_SECONDS:
        raise Unusable(say("The ID token was made at another time; are both clocks right?"))
    known = Known.of({**claims, **await _told(found, claims, tokens)})
    if not known.subject or len(known.subject) > SUBJECT_MOST:
        raise Unusable(say("The ID token names no subject."))
    return known


async def _told(
    found: Provider, claims: Mapping[str, Any], tokens: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What the provider tells of the person only when asked with the access token, as the standard
    has it for codes; nothing where the ID token says the address. Raises Unasked or Unusable."""
    address, token = found.metadata.get("userinfo_endpoint"), tokens.get("access_token")
    if "email" in claims or not isinstance(address, str) or not isinstance(token, str):
        return {}
    status, told = await ask(found.settings, "GET", address, bearer=token)
    if status != 200 or told.get("sub") != claims.get("sub"):
        raise Unusable(
            say(
                "The provider does not tell who signed in ({status}), or tells of somebody else.",
                status=status,
            )
        )
    names = ("email", "email_verified", "name", "locale", "zoneinfo")
    return {name: told[name] for name in names if name in told}


def back_address(settings: Settings, sign_on_id: int) -> str:
    """Where the provider sends people back to: to be registered there. One for each provider, so
    that none can answer for another."""
    return f"{settings.base_url}/sign-on/{sign_on_id}/back"


def _secret(sign_on: SignOn) -> str:
    try:
        return unsealed(sign_on.sealed, ABOUT_SECRET) if sign_on.sealed else ""
    except Unreadable as error:
        raise Unusable(say("The client secret can no longer be read; enter it again.")) from error


def _plain(text: object) -> str:
    """A provider's words, short and without anything that could disguise them."""
    return "".join(each for each in str(text or "")[:200] if each.isprintable())
