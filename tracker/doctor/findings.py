"""What a finding says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that an operator should know. `about` is a setting or a word for the place;
    `unsafe` keeps an installation for real use from starting."""

    about: str
    what: str
    why: str
    remedy: str
    unsafe: bool = True

    def __str__(self) -> str:
        kind = "unsafe" if self.unsafe else "note"
        return f"{kind}: {self.about}: {self.what}: {self.why}. {self.remedy}."


class Unsafe(Exception):
    """There is something unsafe; a line for each."""
