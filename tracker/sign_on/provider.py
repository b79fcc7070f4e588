"""What a provider says of itself (OpenID Connect Discovery), and its keys, kept for a while.

Like httpx, the library for keys is imported when somebody signs on."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tracker.domain.messages import Message, listed, say
from tracker.outward import Unasked, ask
from tracker.settings import Settings

if TYPE_CHECKING:
    from joserfc.jwk import KeySet
    from joserfc.jwt import Token

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
"""Signatures that count: only those that the provider alone can make, none out of fashion."""

KEPT_SECONDS = 3600.0
ANEW_SECONDS = 60.0
"""How soon the keys are asked for again because one of them is unknown: they may have changed."""


class Unusable(Exception):
    """The provider says something that cannot be right: one sentence that says what."""

    def __init__(self, told: Message) -> None:
        super().__init__(told)
        self.told = told


@dataclass
class Provider:
    """A provider as it described itself, with its keys."""

    settings: Settings
    issuer: str
    metadata: Mapping[str, Any]
    asked_at: float
    keys: "KeySet | None" = None
    keys_at: float = field(default=0.0)

    @property
    def authorization_endpoint(self) -> str:
        """Where people are sent."""
        return str(self.metadata["authorization_endpoint"])

    @property
    def token_endpoint(self) -> str:
        """Where a code is traded for tokens."""
        return str(self.metadata["token_endpoint"])

    @property
    def names_itself(self) -> bool:
        """Whether it always says who it is when it sends people back (RFC 9207)."""
        return self.metadata.get("authorization_response_iss_parameter_supported") is True

    @property
    def wants_basic(self) -> bool:
        """Whether the client secret goes into a header rather than into the form."""
        known = self.metadata.get("token_endpoint_auth_methods_supported") or [
            "client_secret_basic"
        ]
        return "client_secret_basic" in known

    def algorithms(self) -> list[str]:
        """Those of ours that it signs with."""
        said = self.metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        return [each for each in ALGORITHMS if each in said]

    async def read(self, token: str) -> "Token":
        """The token with its signature checked; keys that changed are asked for anew.

        Raises Unusable or Unasked.
        """
        from joserfc.errors import JoseError

        keys = await self._keys(KEPT_SECONDS)
        try:
            return self._decoded(token, keys)
        except (JoseError, ValueError) as error:
            fresh = await self._keys(ANEW_SECONDS)
            if fresh is keys:
                raise _unsigned(error) from error
        try:
            return self._decoded(token, fresh)
        except (JoseError, ValueError) as error:
            raise _unsigned(error) from error

    def _decoded(self, token: str, keys: "KeySet") -> "Token":
        from joserfc import jwt

        return jwt.decode(token, keys, algorithms=self.algorithms())

    async def _keys(self, seconds: float) -> "KeySet":
        from joserfc.errors import JoseError

        now = time.monotonic()
        if self.keys is None or now >= self.keys_at + seconds:
            status, found = await ask(self.settings, "GET", str(self.metadata["jwks_uri"]))
            try:
                self.keys = _public(found)
            except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
                why = say("The provider’s keys cannot be read (status {status}).", status=status)
                raise Unusable(why) from error
            self.keys_at = now
        return self.keys


_known: dict[str, Provider] = {}


async def provider(settings: Settings, issuer: str, *, anew: bool = False) -> Provider:
    """The provider at this address, as it described itself within the last hour.

    Raises Unasked, or Unusable when it is somebody else or lacks what is needed.
    """
    found = _known.get(issuer)
    now = time.monotonic()
    if found is None or anew or now >= found.asked_at + KEPT_SECONDS:
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        status, metadata = await ask(settings, "GET", address)
        if status != 200:
            raise Unusable(
                say(
                    "{address} answers {status}; is the issuer’s address complete?",
                    address=address,
                    status=status,
                )
            )
        _require(issuer, metadata)
        found = _known[issuer] = Provider(settings, issuer, metadata, now)
    return found


async def examine(settings: Settings, issuer: str) -> list[Message]:
    """What is wrong with the provider, as it is now; nothing if people can sign in there."""
    try:
        found = await provider(settings, issuer, anew=True)
        await found._keys(0)
    except (Unasked, Unusable) as error:
        return [error.told]
    if found.algorithms():
        return []
    return [say("The provider signs with none of these: {names}.", names=listed(ALGORITHMS))]


def _unsigned(error: Exception) -> Unusable:
    return Unusable(say("The ID token’s signature does not count ({error}).", error=str(error)))


def _require(issuer: str, metadata: Mapping[str, Any]) -> None:
    """Raises Unusable."""
    if metadata.get("issuer") != issuer:
        name = str(metadata.get("issuer"))[:200]
        raise Unusable(say("The provider calls itself “{name}”; write the issuer so.", name=name))
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not isinstance(metadata.get(name), str):
            raise Unusable(say("The provider does not say its {name}.", name=name))
    if "code" not in (metadata.get("response_types_supported") or ["code"]):
        raise Unusable(say("The provider knows no authorization code flow."))


def _public(found: Mapping[str, Any]) -> "KeySet":
    """Its public keys for signatures; others, of kinds that nobody here knows too, are left out."""
    from joserfc.jwk import KeySet

    kinds = {"RSA", "EC", "OKP"}
    keys = [
        key for key in found["keys"] if key.get("kty") in kinds and key.get("use", "sig") == "sig"
    ]
    return KeySet.import_key_set({"keys": keys})
