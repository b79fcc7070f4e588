"""Variables of a request, coerced by functions that are made once for an operation.

They only ever accept what graphql-core accepts, with the very same scalars. Whatever is not
plainly right is left to graphql-core, which finds the words for everything wrong with it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    get_variable_values,
    type_from_ast,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from tracker.graphql.planner.values import Variables

Read = Callable[[Any], Any]
ERRORS_MOST = 20
"""Complaints about variables in one answer; a hostile list would get one for each item."""


class NotPlain(Exception):
    """The value may be right or wrong; graphql-core decides."""


class Coercer:
    """Coerces the variables of one operation. Recursive input types share their functions."""

    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]):
        self.schema = schema
        self.definitions = list(definitions)
        self._reads: dict[Any, Read] = {}
        self._variables = [self._variable(each) for each in self.definitions]

    def __call__(self, given: Mapping[str, Any], suggestions: bool = True) -> Variables | list[Any]:
        """The coerced variables, or graphql-core's errors."""
        if not self._variables:
            return {}
        try:
            return self._plain(given)
        except (NotPlain, RecursionError):
            found = get_variable_values(
                self.schema, self.definitions, dict(given), ERRORS_MOST, not suggestions
            )
            return found if isinstance(found, list) else found.coerced

    def _plain(self, given: Mapping[str, Any]) -> Variables:
        coerced: dict[str, Any] = {}
        for name, read, absent in self._variables:
            if name in given:
                coerced[name] = read(given[name])
            elif absent is NotPlain:
                raise NotPlain
            elif absent is not Undefined:
                coerced[name] = absent
        return coerced

    def _variable(self, definition: VariableDefinitionNode) -> tuple[str, Read, Any]:
        """Name, reader, and what stands for an absent value (NotPlain: ask graphql-core)."""
        kind: Any = type_from_ast(self.schema, definition.type)
        name = definition.variable.name.value
        absent: Any = NotPlain if isinstance(kind, GraphQLNonNull) else Undefined
        if definition.default_value is not None:
            found = get_variable_values(self.schema, [definition], {})
            absent = NotPlain if isinstance(found, list) else found.coerced[name]
        return name, self._read(kind), absent

    def _read(self, kind: GraphQLInputType) -> Read:
        if isinstance(kind, GraphQLNonNull):
            return _required(self._bare(kind.of_type))
        return _optional(self._bare(kind))

    def _bare(self, kind: Any) -> Read:
        """Reads values that are not null."""
        if isinstance(kind, GraphQLList):
            return _each(self._read(kind.of_type))
        if not isinstance(kind, GraphQLInputObjectType):
            return _leaf(kind)
        if kind.is_one_of or kind.out_type is not GraphQLInputObjectType.out_type:
            return _ask
        if kind not in self._reads:
            fields: dict[str, tuple[str, Read, Any]] = {}
            self._reads[kind] = _object(fields)
            for name, field in kind.fields.items():
                fields[name] = (field.out_name or name, self._read(field.type), _absent(field))
        return self._reads[kind]


def _absent(field: Any) -> Any:
    if isinstance(field.type, GraphQLNonNull):
        return NotPlain
    return coerce_default_value(field)


def _ask(value: Any) -> Any:
    raise NotPlain


def _required(bare: Read) -> Read:
    def read(value: Any) -> Any:
        if value is None:
            raise NotPlain
        return bare(value)

    return read


def _optional(bare: Read) -> Read:
    return lambda value: None if value is None else bare(value)


def _each(item: Read) -> Read:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise NotPlain
        return [item(each) for each in value]

    return read


def _leaf(kind: Any) -> Read:
    coerce = kind.coerce_input_value

    def read(value: Any) -> Any:
        try:
            found = coerce(value)
        except Exception as error:
            raise NotPlain from error
        if found is Undefined:
            raise NotPlain
        return found

    return read


def _object(fields: dict[str, tuple[str, Read, Any]]) -> Read:
    """`fields` is filled afterwards, because a type may lie inside itself."""

    def read(value: Any) -> Any:
        if type(value) is not dict or not value.keys() <= fields.keys():
            raise NotPlain
        found: dict[str, Any] = {}
        for name, (out_name, inner, absent) in fields.items():
            if name in value:
                found[out_name] = inner(value[name])
            elif absent is NotPlain:
                raise NotPlain
            elif absent is not Undefined:
                found[out_name] = absent
        return found

    return read
