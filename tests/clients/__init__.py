"""Clients as programmers get them: generated from the schema and a few documents, type-checked,
and run against a server.

`python` and `typescript` take the API's address and a token of somebody of the secretariat; each
returns the line that its program printed. Both raise Failed with what a step said. What they
generate is gone afterwards.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.nodejs import ENVIRONMENT, FOLDER, NODE, program

HERE = Path(__file__).parent
DOCUMENTS = HERE / "documents"
PYTHON = Path(sys.prefix) / "clients-python" / "bin"
"""An environment of its own, which `make` installs from python/requirements.lock."""

CHECKED = PYTHON.with_name("mypy-cache")
"""What mypy knows of that environment, which takes longer to check than what is generated."""

GENERATOR = """
[tool.ariadne-codegen]
remote_schema_url = "{address}"
remote_schema_timeout = 60
remote_schema_headers = {{ Authorization = "$TRACKER_AUTHORIZATION" }}
queries_path = "{documents}"
target_package_name = "tracker_client"
async_client = false
scalars.Date.type = "datetime.date"
scalars.DateTime.type = "datetime.datetime"
scalars.Decimal.type = "decimal.Decimal"
"""


class Failed(Exception):
    """A step of making or running a client went wrong; what it said."""


async def python(address: str, token: str) -> str:
    """By ariadne-codegen, checked by mypy."""
    with _folder(HERE / "python", None) as folder:
        configuration = folder / "generate.toml"
        configuration.write_text(GENERATOR.format(address=address, documents=DOCUMENTS))
        secret = {"TRACKER_AUTHORIZATION": f"Bearer {token}"}
        await _run(folder, PYTHON / "ariadne-codegen", "--config", configuration.name, **secret)
        await _run(folder, PYTHON / "mypy", "--strict", "--cache-dir", CHECKED, "program.py")
        return await _run(folder, PYTHON / "python", "program.py", address, token)


async def typescript(address: str, token: str) -> str:
    """By GraphQL Code Generator's client preset, checked by tsc."""
    # Beside node_modules, where its imports are looked for.
    with _folder(FOLDER / "clients", FOLDER) as folder:
        await _run(folder, NODE, "generate.ts", address, token, str(DOCUMENTS), "./gql/")
        await _run(folder, program("tsc"), "-p", ".")
        return await _run(folder, NODE, "program.ts", address, token)


@contextmanager
def _folder(source: Path, parent: Path | None) -> Iterator[Path]:
    """A copy of the client's own files that is gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix=".client-", dir=parent))
    try:
        yield Path(shutil.copytree(source, made, dirs_exist_ok=True))
    finally:
        shutil.rmtree(made)


async def _run(folder: Path, *command: str | os.PathLike[str], **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await process.communicate())[0].decode().strip()
    if process.returncode:
        raise Failed(f"{Path(command[0]).name}: {said}")
    return said
