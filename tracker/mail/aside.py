"""Where mails of many readers are put into words and bytes, so that others go out in between.

One thread: of several, each would wait for the interpreter most of the time, and all would be done
late and together, instead of some early. Mails that somebody waits for do not come here.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Made = TypeVar("Made")

_THREAD = ThreadPoolExecutor(1, "mails")


async def aside(function: Callable[..., Made], *arguments: object) -> Made:
    """What `function(*arguments)` gives, or raises, after what was asked for before."""
    return await asyncio.get_running_loop().run_in_executor(_THREAD, function, *arguments)
