"""The four ways an action can refuse, and several of them at once.

The GraphQL layer turns them into payload problems, the web layer re-renders the form,
the command line prints them: always from the same exception.
"""

from collections.abc import Mapping, Sequence

from tracker.domain.messages import Message, untranslated


class Refusal(Exception):
    """An action refused and changed nothing. Its message can be shown to the person who asked."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)


class Invalid(Refusal):
    """The input breaks rules: all of them at once, as field -> messages a person can act on."""

    def __init__(self, fields: Mapping[str, Sequence[Message]]) -> None:
        self.fields = {name: list(messages) for name, messages in fields.items()}
        told = (f"{name}: {text}" for name, texts in self.fields.items() for text in texts)
        super().__init__(untranslated("; ".join(told)))


class Forbidden(Refusal):
    """The actor sees the object but may not do this to it."""


class NotFound(Refusal):
    """The object does not exist for this actor: absent and invisible look the same. `about` is
    the parameter that such objects go by, such as `project_id`, where it is known."""

    def __init__(self, message: Message, about: str | None = None) -> None:
        self.about = about
        super().__init__(message)


class Conflict(Refusal):
    """Somebody changed the object since the actor looked.

    `version` is the current one; `changed` names the fields that differ from what was seen.
    """

    def __init__(self, message: Message, *, version: int, changed: Sequence[str] = ()) -> None:
        self.version = version
        self.changed = list(changed)
        super().__init__(message)


class Several(Refusal):
    """Items of a batch were refused, so none was done: index from 0 -> why."""

    def __init__(self, refusals: Mapping[int, Refusal]) -> None:
        self.refusals = dict(sorted(refusals.items()))
        told = (f"{index}: {each}" for index, each in self.refusals.items())
        super().__init__(untranslated("; ".join(told)))
