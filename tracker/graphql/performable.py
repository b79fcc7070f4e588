"""A mutation ready to be performed, whichever way its document is run."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from tracker.domain.actor import Actor
from tracker.domain.errors import Forbidden, Refusal
from tracker.domain.idempotency.actions import Answer, Undone, once
from tracker.domain.messages import say
from tracker.domain.milestones.evidence import ReceivedFile
from tracker.domain.optimistic import CONFIRMING
from tracker.graphql.arguments import Parameter, converted
from tracker.graphql.mutations import Mutation, Returns
from tracker.graphql.problems import Problem, ProblemCode, own_of, problems_of
from tracker.graphql.reading import Context
from tracker.locale import Reader

KEY = "idempotencyKey"
SIGN_IN = say("Sign in or send a token; nothing is changed for whoever is not known.")

SECURITY = logging.getLogger("tracker.security")


@dataclass(frozen=True)
class Payload:
    """What became of a mutation: the numbers of the rows it is about, and its problems; `rows`
    are those that the action returned, in the same order."""

    numbers: list[int]
    problems: list[Problem]
    secret: str | None = None
    rows: Sequence[Any] = ()

    def kept(self) -> Answer:
        """What a repeat of the request is answered from. A secret is never kept."""
        return {"numbers": self.numbers, "problems": [asdict(each) for each in self.problems]}

    @classmethod
    def again(cls, answer: Answer) -> "Payload":
        """The first answer to a repeated request; rows are shown as they are now."""
        problems = [
            Problem(**{**each, "code": ProblemCode(each["code"])}) for each in answer["problems"]
        ]
        return cls(answer["numbers"], problems)


@dataclass(frozen=True)
class Performable:
    """`own` is the parameter that names the mutation's own row, which a refusal shows."""

    mutation: Mutation
    parameters: Sequence[Parameter]
    own: Parameter | None

    @property
    def confirms(self) -> bool:
        """Whether the action makes sure of the actor's rights by itself."""
        return self.mutation.action in CONFIRMING

    async def perform(self, given: Mapping[str, Any], context: Context, place: str = "") -> Payload:
        """Run the action on coerced arguments. Refusals become problems.

        `place` is the response key of a mutation that does not stand alone in its operation: the
        request's own key then counts for each by its place.
        """
        values: dict[str, Any] = {}
        try:
            values = converted(self.parameters, given)
            if context.read_only:
                raise Forbidden(say("This API token may only read; use one that may write."))
            key = given.get(KEY)
            if key is None and context.idempotency_key is not None:
                key = f"{context.idempotency_key}#{place}" if place else context.idempotency_key
            if key is not None and context.actor.person_id is not None:
                return await self._once(key, given, values, context)
            return self._done(await self.mutation.action(context.actor, **values))
        except Refusal as refusal:
            if isinstance(refusal, Forbidden):
                told = (self.mutation.name, context.actor.person_id or "nobody")
                SECURITY.info("forbidden mutation=%s person=%s", *told)
            refused = self._refused(refusal, values, context.language)
            nobody = context.actor.person_id is None and not context.actor.system
            return _from_nobody(refused, context.language) if nobody else refused

    async def _once(
        self, key: str, given: Mapping[str, Any], values: dict[str, Any], context: Context
    ) -> Payload:
        """The first answer that the key got. Only the first time has rows and a secret."""
        first: Payload | None = None

        async def act() -> Answer:
            nonlocal first
            try:
                first = self._done(await self.mutation.action(context.actor, **values))
            except Refusal as refusal:
                first = self._refused(refusal, values, context.language)
                raise Undone(first.kept()) from refusal
            return first.kept()

        answer = await once(context.actor, key, self._fingerprint(given, context.actor), act)
        return first or Payload.again(answer)

    def _fingerprint(self, given: Mapping[str, Any], actor: Actor) -> str:
        """Of what is asked, and of what the person's token leaves of their rights: one for a city
        hears nothing of what another did."""
        asked = {name: value for name, value in given.items() if name != KEY}
        text = orjson.dumps(
            [self.mutation.name, asked, actor.limit and actor.limit.city_id],
            default=_canonical,
            option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS,
        )
        return hashlib.sha256(text).hexdigest()

    def _done(self, result: Any) -> Payload:
        if self.mutation.returns is Returns.ROWS:
            return Payload([row.id for row in result], [], rows=result)
        if self.mutation.returns is Returns.ROW_AND_SECRET:
            row, secret = result
            return Payload([row.id], [], secret, [row])
        return Payload([result.id], [], rows=[result])

    def _refused(self, refusal: Refusal, values: Mapping[str, Any], language: str) -> Payload:
        own = self.own.name if self.own else None
        return Payload(self._named(values), problems_of(refusal, self.parameters, own, language))

    def _named(self, values: Mapping[str, Any]) -> list[int]:
        """The rows that the arguments name as what it is about."""
        if self.own:
            number = values.get(self.own.name)
            return [number] if number else []
        for each in self.parameters:
            own = own_of(each) if each.many else None
            if own:
                return [getattr(item, own) for item in values.get(each.name) or ()]
        return []


def _from_nobody(refused: Payload, language: str) -> Payload:
    """Whoever has not said who they are is told to, rather than who else may do it."""
    message = Reader(language).say(SIGN_IN)
    problems = [
        replace(each, code=ProblemCode.UNAUTHENTICATED, message=message)
        if each.code is ProblemCode.FORBIDDEN
        else each
        for each in refused.problems
    ]
    return replace(refused, problems=problems)


def _canonical(value: object) -> str:
    """Exact text for what JSON has no form for; the same file sent again is the same."""
    return value.sha256 if isinstance(value, ReceivedFile) else str(value)
