"""Arrays → pictures in one house style: Plotly figures as dictionaries, and inline SVG; texts come translated."""

from collections.abc import Sequence
from html import escape
from math import isfinite

Values = Sequence[float | None]


def sparkline(values: Values, *, label: str = "", width: int = 120, height: int = 28) -> str:
    """Draw a small line of numbers as SVG, gaps where a number is unknown, a dot on the last."""
    known = [float(v) for v in values if v is not None and isfinite(v)]
    if not known:
        return ""
    low, high = min(0.0, *known), max(known)
    step = (width - 6) / max(1, len(values) - 1)
    scale = (height - 6) / ((high - low) or 1.0)
    points = [
        None if v is None or not isfinite(v) else (3 + i * step, height - 3 - (v - low) * scale)
        for i, v in enumerate(values)
    ]
    x, y = next(point for point in reversed(points) if point)
    return (
        f'<svg class="sparkline" viewBox="0 0 {width} {height}" width="{width}" height="{height}" {_aria(label)}>'
        f'<path d="{_path(points)}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.2"/></svg>'
    )


def _aria(label: str) -> str:
    """Name a picture for those who hear the page, or mark it as decoration."""
    return f'role="img" aria-label="{escape(label, quote=True)}"' if label else 'aria-hidden="true"'


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """Join points to an SVG path that lifts the pen at gaps."""
    parts, drawing = [], False
    for point in points:
        if point:
            parts.append(f"{'L' if drawing else 'M'}{point[0]:.1f} {point[1]:.1f}")
        drawing = point is not None
    return "".join(parts)


def cover_bar(days: float | None, target: float | None, *, label: str = "", level: str = "") -> str:
    """Draw days of stock as a bar and their target as a tick, on a scale of twice the target."""
    if days is None or not isfinite(days):
        return ""
    full = 2 * target if target else max(days, 1.0)
    length = 100 * min(1.0, max(0.0, days / full))
    tick = '<rect class="cover-target" x="49.25" y="0" width="1.5" height="10"/>' if target else ""
    state = f" cover-{level}" if level in {"red", "amber", "green"} else ""
    return (
        f'<svg class="cover{state}" viewBox="0 0 100 10" preserveAspectRatio="none" {_aria(label)}>'
        f'<rect class="cover-track" y="2" width="100" height="6" rx="1"/>'
        f'<rect class="cover-days" y="2" width="{length:.1f}" height="6" rx="1"/>{tick}</svg>'
    )
