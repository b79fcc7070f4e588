"""What is kept between requests, bounded however hostile they are, and how well it serves."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

SHAPES_MOST = 25
"""Plans of one operation: whoever varies the shape of the variables pushes out plans of the same
operation, and nobody else's."""


@dataclass
class Figures:
    """How a mapping serves: counts since the start, and seconds spent on making values."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0
    seconds: float = 0.0

    def timed(self, make: Callable[[], V]) -> V:
        """A value that is made because it was missed."""
        self.misses += 1
        started = time.perf_counter()
        try:
            return make()
        finally:
            self.seconds += time.perf_counter() - started


def _nothing(_: object) -> int:
    return 0


class Recent(OrderedDict[K, V], Generic[K, V]):
    """A mapping that forgets what was used longest ago: beyond `most` entries, or where their keys
    weigh more than `room` together."""

    def __init__(self, most: int, room: int = 0, weigh: Callable[[K], int] = _nothing) -> None:
        super().__init__()
        self.most, self.room = most, room
        self.figures = Figures()
        self._weigh, self._weight = weigh, 0

    def recall(self, key: K, make: Callable[[], V]) -> V:
        """The value under `key`, made when it is not there."""
        if key in self:
            self.figures.hits += 1
            self.move_to_end(key)
            return self[key]
        value = self[key] = self.figures.timed(make)
        self._weight += self._weigh(key)
        while len(self) > self.most or self._weight > self.room:
            forgotten, _ = self.popitem(last=False)
            self._weight -= self._weigh(forgotten)
            self.figures.evictions += 1
        return value


class Plans(Generic[V]):
    """Values by operation and shape: `most` in all, few enough for each operation, and as many as
    weigh no more than `room` together."""

    def __init__(
        self,
        most: int,
        shapes_most: int = SHAPES_MOST,
        room: int = 0,
        weigh: Callable[[Hashable, V], int] = lambda _, __: 0,
    ) -> None:
        self.most, self.room = most, room
        self.shapes_most = shapes_most
        self.figures = Figures()
        self._weigh = weigh
        self._size = self._weight = 0
        self._operations: OrderedDict[Hashable, OrderedDict[Any, V]] = OrderedDict()

    def __len__(self) -> int:
        return self._size

    def recall(self, operation: Hashable, shape: Any, make: Callable[[], V]) -> V:
        """The value for that shape of the operation's variables, made when it is not there."""
        shapes = self._operations.get(operation)
        if shapes is not None and shape in shapes:
            self.figures.hits += 1
            self._operations.move_to_end(operation)
            shapes.move_to_end(shape)
            return shapes[shape]
        value = self.figures.timed(make)
        self._keep(operation, shape, value)
        return value

    def _keep(self, operation: Hashable, shape: Any, value: V) -> None:
        shapes = self._operations.setdefault(operation, OrderedDict())
        self._operations.move_to_end(operation)
        shapes[shape] = value
        self._size += 1
        self._weight += self._weigh(operation, value)
        if len(shapes) > self.shapes_most:
            self._forget(operation)
        while self._size > self.most or self._weight > self.room:
            self._forget(next(iter(self._operations)))

    def _forget(self, operation: Hashable) -> None:
        shapes = self._operations[operation]
        _, value = shapes.popitem(last=False)
        self._weight -= self._weigh(operation, value)
        if not shapes:
            del self._operations[operation]
        self._size -= 1
        self.figures.evictions += 1
