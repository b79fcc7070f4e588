"""The picture of a run: requests a second at each operation, as SVG without any library."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

from benchmarks.figures import Cell

COLOURS = {
    "tracker": "#0b6e4f",
    "cached": "#3aa17e",
    "written": "#8a8f98",
    "postgraphile": "#c8553d",
    "postgraphile_settings": "#e0a458",
    "strawberry": "#b83280",
}
LABELS = {
    "tracker": "tracker, signed in",
    "cached": "tracker, answer kept",
    "written": "hand-written SQL",
    "postgraphile": "PostGraphile 5",
    "postgraphile_settings": "PostGraphile 5, pgSettings",
    "strawberry": "Strawberry, data loaders",
}
WIDTH, LEFT, BAR, GAP, TOP = 760, 170, 14, 18, 90
LEGEND_COLUMNS, LEGEND_COLUMN = 3, 240


def svg(cells: Mapping[Cell, dict[str, float]], clients: int, title: str) -> str:
    """Horizontal bars, each operation on its own scale: the longest is the fastest."""
    parts: list[str] = []
    y = TOP
    operations = list(dict.fromkeys(op for op, number, _ in cells if number == clients))
    for operation in operations:
        rates = {
            name: cells[operation, clients, name]["rate"]
            for name in COLOURS
            if (operation, clients, name) in cells
        }
        parts.append(_text(LEFT - 12, y + BAR * len(rates) / 2 + 5, operation, "end", 15))
        for name, rate in rates.items():
            parts.append(_bar(y, rate / max(rates.values()), rate, COLOURS[name]))
            y += BAR
        y += GAP
    head = [_text(16, 26, title, "start", 17), *_legend()]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img"'
        f' font-family="system-ui, sans-serif"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>',
        *head, *parts, "</svg>\n",
    ])  # fmt: skip


def _bar(y: float, share: float, rate: float, colour: str) -> str:
    length = max(1.0, share * (WIDTH - LEFT - 90))
    return (
        f'<rect x="{LEFT}" y="{y + 1}" width="{length:.1f}" height="{BAR - 2}" fill="{colour}"/>'
        + _text(LEFT + length + 6, y + BAR - 3, f"{rate:,.0f}/s", "start", 11)
    )


def _legend() -> list[str]:
    found = []
    for index, (name, label) in enumerate(LABELS.items()):
        row, column = divmod(index, LEGEND_COLUMNS)
        x, y = 16 + column * LEGEND_COLUMN, 42 + row * 18
        found.append(f'<rect x="{x}" y="{y}" width="11" height="11" fill="{COLOURS[name]}"/>')
        found.append(_text(x + 16, y + 10, label, "start", 11))
    return found


def _text(x: float, y: float, text: str, anchor: str, size: int) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
        f' fill="#1b1f24">{escape(text)}</text>'
    )
