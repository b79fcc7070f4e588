"""Templates as an earlier run compiled them: each process of each run would take seconds to do it
anew. What was compiled by other code than there is now is not used, and goes."""

import hashlib
import shutil
from pathlib import Path

import jinja2

import tracker
from tracker.mail import rendering
from tracker.web import templates


def keep_compiled(folder: Path) -> None:
    """Have what is compiled from now on kept in the folder, and found there. To be called before
    anything is drawn."""
    kept = folder / _code()
    for each in folder.iterdir():
        if each != kept:
            shutil.rmtree(each, ignore_errors=True)
    environments = {
        "pages": templates.environment(),
        **{f"mails-{html}": rendering.templates(html=html) for html in (True, False)},
    }
    for name, environment in environments.items():
        own = kept / name
        own.mkdir(parents=True, exist_ok=True)
        environment.bytecode_cache = jinja2.FileSystemBytecodeCache(str(own))


def _code() -> str:
    """What compiles, by its name: Jinja, and filters and tags of ours, wherever they come from."""
    files = sorted(Path(tracker.__file__).parent.rglob("*.py"))
    told = [jinja2.__version__, *(f"{each} {each.stat().st_mtime_ns}" for each in files)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
