"""The settings as the table that the README holds."""

from dataclasses import fields

from tracker.settings.chosen import Settings


def table() -> str:
    """The settings as the Markdown table that the README holds."""
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *_rows()])


def undocumented(text: str) -> list[str]:
    """The rows of the table that a document lacks."""
    lines = set(text.splitlines())
    return [row for row in _rows() if row not in lines]


def _rows() -> list[str]:
    shown = [(f.metadata, f.metadata["default"]) for f in fields(Settings)]
    return [
        f"| `{meta['name']}` | {f'`{default}`' if default else '–'} | {meta['description']} |"
        for meta, default in shown
    ]
