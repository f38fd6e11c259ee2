#!/usr/bin/env python3
"""Draws docs/growth.svg of what Benchmarks/growth.sh measured: growth_plot.py GROWTH.CSV > GROWTH.SVG

Two charts side by side, of packages and of files; in each the processor time (left axis) and the peak of memory (right axis).
"""
import csv
import sys

WIDTH, HEIGHT, LEFT, TOP = 400, 240, 60, 40
TIME, MEMORY = "#1f6feb", "#bf5b17"


def scale(values):
    """The axis' end: the next of 1, 2 and 5 times a power of ten."""
    top, step = max(values), 1
    while step * 10 < top:
        step *= 10
    return next(step * factor for factor in (1, 2, 5, 10) if step * factor >= top)


def text(x, y, content, anchor="middle", color="#333"):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{color}">{content}</text>'


def chart(left, title, rows):
    xs = [float(row["count"]) for row in rows]
    right = scale(xs)
    parts = [
        f'<rect x="{left}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#ccc"/>',
        text(left + WIDTH / 2, TOP + HEIGHT + 34, title),
    ]
    for quarter in range(5):
        x = left + WIDTH * quarter / 4
        parts.append(text(x, TOP + HEIGHT + 16, f"{right * quarter / 4:,.0f}"))
    for column, color, side, unit in (("processor", TIME, -1, "s"), ("megabytes", MEMORY, 1, "MB")):
        ys = [float(row[column]) for row in rows]
        top = scale(ys)
        points = [(left + WIDTH * x / right, TOP + HEIGHT * (1 - y / top)) for x, y in zip(xs, ys)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in points]
        edge, anchor = (left - 6, "end") if side < 0 else (left + WIDTH + 6, "start")
        for quarter in range(5):
            y = TOP + HEIGHT * (1 - quarter / 4) + 4
            parts.append(text(edge, y, f"{top * quarter / 4:g}" + (f" {unit}" if quarter == 4 else ""), anchor, color))
    return "\n".join(parts)


rows = list(csv.DictReader(open(sys.argv[1])))
second = LEFT + WIDTH + 140
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {second + WIDTH + 80} {TOP + HEIGHT + 50}" font-family="sans-serif" font-size="12">')
print('<rect width="100%" height="100%" fill="white"/>')
print(text(LEFT, 20, "A cold bake: processor time", "start", TIME), text(LEFT + 170, 20, "and peak of memory", "start", MEMORY))
print(chart(LEFT, "packages", [row for row in rows if row["kind"] == "packages"]))
print(chart(second, "files of the application", [row for row in rows if row["kind"] == "files"]))
print("</svg>")
