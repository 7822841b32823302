"""Small drawings as SVG text: points with labels, bars, lines. Colours come from the page."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

WIDTH, HEIGHT = 720, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 16, 46
LABEL = 15
"""Points of height that one label needs."""


@dataclass(frozen=True, slots=True)
class Point:
    """A labelled point; `low` and `high` are the ends of its interval upwards, where it has one."""

    label: str
    x: float
    y: float
    low: float | None = None
    high: float | None = None


def scatter(points: Sequence[Point], *, x_name: str, y_name: str) -> str:
    """Points from zero up, labels moved apart."""
    across = _Scale.over([each.x for each in points], LEFT, WIDTH - RIGHT)
    tops = [each.high if each.high is not None else each.y for each in points]
    up = _Scale.over(tops, HEIGHT - BOTTOM, TOP)
    parts = [_axes(across, up, x_name=x_name, y_name=y_name)]
    beside = _apart([up.at(each.y) for each in points])
    for each, label_y in zip(points, beside, strict=True):
        x, y = across.at(each.x), up.at(each.y)
        if each.low is not None and each.high is not None:
            parts.append(_line(x, up.at(each.low), x, up.at(each.high), kind="line"))
        parts.append(f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        if abs(label_y - y) > 4:
            parts.append(_line(x + 5, y, x + 9, label_y, kind="axis"))
        parts.append(_text(x + 10, label_y + 4, each.label))
    return _svg(parts, HEIGHT, f"{y_name} against {x_name}")


def bars(values: Mapping[str, float], *, unit: str) -> str:
    """A bar a name, on a logarithmic scale where the largest is over 50 times the smallest."""
    known = [each for each in values.values() if each > 0]
    height = TOP + 24 * len(values) + 8
    is_log = bool(known) and max(known) > 50 * min(known)
    low, high = (min(known) / 2, max(known)) if known else (0.0, 1.0)
    parts = []
    for row, (name, value) in enumerate(values.items()):
        y = TOP + 24 * row
        share = _log_share(value, low, high) if is_log else value / high
        length = max(1.0, share * (WIDTH - 330))
        parts.append(_text(200, y + 12, name, anchor="end"))
        parts.append(f'<rect class="mark" x="208" y="{y}" width="{length:.1f}" height="16" rx="2"/>')
        parts.append(_text(214 + length, y + 12, f"{_short(value)} {unit}"))
    if is_log:
        parts.append(_text(208, height + 8, "logarithmic scale", kind="soft"))
        height += 16
    return _svg(parts, height, f"bars in {unit}")


def lines(series: Mapping[str, Sequence[tuple[float, float]]], *, x_name: str, y_name: str) -> str:
    """A line a series, labelled at its end; points are (x, y), and y does not start at zero."""
    every = [point for each in series.values() for point in each]
    across = _Scale.over([x for x, _ in every], LEFT, WIDTH - RIGHT)
    up = _Scale.around([y for _, y in every], HEIGHT - BOTTOM, TOP)
    parts = [_axes(across, up, x_name=x_name, y_name=y_name)]
    beside = _apart([up.at(each[-1][1]) for each in series.values()])
    for (name, points), label_y in zip(series.items(), beside, strict=True):
        places = " ".join(f"{across.at(x):.1f},{up.at(y):.1f}" for x, y in points)
        parts.append(f'<polyline class="line" stroke-width="2" points="{places}"/>')
        parts += [
            f'<circle class="mark" cx="{across.at(x):.1f}" cy="{up.at(y):.1f}" r="3"/>' for x, y in points
        ]
        parts.append(_text(across.at(points[-1][0]) + 8, label_y + 4, name))
    return _svg(parts, HEIGHT, f"{y_name} over {x_name}")


@dataclass(frozen=True, slots=True)
class _Scale:
    bottom: float
    top: float
    step: float
    start: float
    end: float

    @staticmethod
    def over(values: Sequence[float], start: float, end: float) -> "_Scale":
        """From zero to a round number above all values, which stand between `start` and `end` points."""
        largest = max([each for each in values if math.isfinite(each)], default=0) or 1.0
        step = _round_step(largest)
        return _Scale(0, step * math.ceil(largest / step), step, start, end)

    @staticmethod
    def around(values: Sequence[float], start: float, end: float) -> "_Scale":
        """Between round numbers below and above all values; what differs by less than 2 % looks flat."""
        low, high = min(values), max(values)
        step = _round_step(max(high - low, 0.02 * abs(high)) or 1.0)
        bottom, top = step * math.floor(low / step), step * math.ceil(high / step)
        return _Scale(bottom, top if top > bottom else bottom + step, step, start, end)

    def at(self, value: float) -> float:
        return self.start + (self.end - self.start) * (value - self.bottom) / (self.top - self.bottom)

    @property
    def ticks(self) -> list[float]:
        return [
            self.bottom + self.step * each for each in range(round((self.top - self.bottom) / self.step) + 1)
        ]


def _round_step(span: float) -> float:
    """A round number of which at most five make a span."""
    power = 10.0 ** math.floor(math.log10(span))
    return next(each * power for each in (0.1, 0.2, 0.25, 0.5, 1, 2) if span <= 5 * each * power)


def _axes(across: _Scale, up: _Scale, *, x_name: str, y_name: str) -> str:
    parts = []
    for tick in up.ticks:
        parts.append(_line(LEFT, up.at(tick), WIDTH - RIGHT, up.at(tick), kind="axis"))
        parts.append(_text(LEFT - 8, up.at(tick) + 4, _short(round(tick, 10)), anchor="end", kind="soft"))
    for tick in across.ticks:
        parts.append(_text(across.at(tick), HEIGHT - BOTTOM + 16, _short(tick), anchor="middle", kind="soft"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(_text(middle, HEIGHT - 8, x_name, anchor="middle", kind="soft"))
    turn = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text class="soft" transform="translate(14 {turn}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_name)}</text>"
    )
    return "".join(parts)


def _apart(heights: Sequence[float]) -> list[float]:
    """The heights moved down where labels would overlap, then up where that leaves the drawing."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    placed = list(heights)
    for before, each in pairwise(order):
        placed[each] = max(placed[each], placed[before] + LABEL)
    lowest = float(HEIGHT - BOTTOM)
    for each in reversed(order):
        placed[each] = min(placed[each], lowest)
        lowest = placed[each] - LABEL
    return placed


def _log_share(value: float, low: float, high: float) -> float:
    return math.log(max(value, low) / low) / math.log(high / low) if high > low else 1.0


def _short(value: float) -> str:
    """Four digits that say something."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _line(x1: float, y1: float, x2: float, y2: float, *, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(parts: Sequence[str], height: float, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" role="img" aria-label="{escape(title)}">'
        + "".join(parts)
        + "</svg>"
    )
