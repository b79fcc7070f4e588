"""A small OpenID provider on a real port, as a city has one, which can be told to misbehave."""

import asyncio
import base64
import hashlib
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "tracker", "s3cret of the client"


@cache
def _first_key() -> RSAKey:
    """What every provider signs with at first: looking for a key's primes takes a while."""
    return RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})


@dataclass
class Provider:
    """`user` is who signs in, as claims; `lies` replace claims of the ID token, `told` those it
    tells when asked. `broken` replaces what an address of its answers, by path: (status,
    body). What it `waits` for comes before it tells who signed in, for which it was `reached`."""

    issuer: str = ""
    user: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    algorithm: str = "RS256"
    names_itself: bool = True
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    waits: asyncio.Event | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.key = _first_key()

    def rotate(self) -> None:
        """Sign with another key from now on."""
        self.key = RSAKey.generate_key(2048, {"kid": f"key-{time.monotonic_ns()}", "use": "sig"})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The provider as an ASGI application."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path = scope["path"]
        self.asked.append(path)
        if path == "/token" and self.waits is not None:
            self.reached.set()
            await self.waits.wait()
        query = {k: v[0] for k, v in parse_qs(scope["query_string"].decode()).items()}
        form = {k: v[0] for k, v in parse_qs(body.decode()).items()}
        headers = dict(scope["headers"])
        if path in self.broken:
            status, answer = self.broken[path]
            await _reply(send, status, answer)
        elif path == "/authorize" and scope["method"] == "GET" and not self.user:
            await _reply(send, 200, _PAGE % scope["query_string"], kind=b"text/html")
        elif path == "/authorize":
            if form.get("email"):
                self.user = {"sub": form["email"], "email": form["email"], "email_verified": True}
                query = {k: v[0] for k, v in parse_qs(form["asked"]).items()}
            await _reply(send, 302, b"", location=self.authorized(query))
        else:
            await _reply(send, *self._answer(path, form, headers))

    def authorized(self, query: dict[str, str]) -> str:
        """Where the browser goes once the user has signed in there."""
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        back = {"code": code, "state": query["state"]}
        if self.names_itself:
            back["iss"] = self.issuer
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def _answer(self, path: str, form: dict[str, str], headers: Any) -> tuple[int, bytes]:
        match path:
            case "/.well-known/openid-configuration":
                return 200, orjson.dumps(self._metadata())
            case "/keys":
                return 200, orjson.dumps(KeySet([self.key]).as_dict(private=False))
            case "/token":
                return self._token(form, headers)
            case "/userinfo" if headers.get(b"authorization") == b"Bearer a":
                return 200, orjson.dumps(self.user | self.told)
        return 404, b"{}"

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": self.names_itself,
        }

    def _token(self, form: dict[str, str], headers: Any) -> tuple[int, bytes]:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode())
        query = self.codes.pop(form.get("code", ""), None)
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        good = headers.get(b"authorization") == b"Basic " + basic and query is not None
        if not good or query is None or challenge != query["code_challenge"]:
            return 400, b'{"error": "invalid_grant"}'
        return 200, orjson.dumps({"access_token": "a", "id_token": self._id_token(query["nonce"])})

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        claims |= self.user | self.lies
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.algorithm == "none":
            head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
            body = base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=").decode()
            return f"{head}.{body}."
        key: Any = self.key
        if self.algorithm == "HS256":  # signed with what everybody knows: the public key
            key = OctKey.import_key(self.key.as_pem(private=False))
        return jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, claims, key)


_PAGE = (
    b"<!doctype html><title>City sign-on</title><form method=post action=/authorize>"
    b'<input type=hidden name=asked value="%s"><label>E-mail <input name=email></label>'
    b"<button>Continue</button></form>"
)


async def _reply(
    send: Any, status: int, body: bytes, *, location: str = "", kind: bytes = b"application/json"
) -> None:
    headers = [(b"content-type", kind)] + ([(b"location", location.encode())] if location else [])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
