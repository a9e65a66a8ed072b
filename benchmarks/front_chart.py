#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Draws fronts as `narrow compile MODEL ... --front FILE.csv` writes them: signal to noise against bytes or time.

A line is what the scores predict; a dot is a plan that was compiled and judged. A cross is a network of one width, as
the report of the same command has it.
"""
import argparse
import csv
import html
import json
import math
import os
import sys

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 360, 60, 30, 40
COLOURS = ("#1f6fb4", "#d8a03c", "#3c9a5f", "#b04a4a", "#7a5fb4", "#7f7f7f")


TITLES = {"bytes": "bytes of constants", "us": "microseconds of a run"}


def read(path, axis="bytes"):
    """The points of a file by rising bytes or time: that, predicted and measured dB (None where nobody measured)."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wanted = (axis, "predicted_db", "measured_db")
    if not rows or any(name not in rows[0] for name in wanted):
        sys.exit(f"front_chart: '{path}': expected a table with the columns {', '.join(wanted)}")
    return sorted((float(row[axis]), float(row["predicted_db"]),
                   float(row["measured_db"]) if row["measured_db"] else None) for row in rows)


def read_uniform(path, axis="bytes"):
    """The networks of one width of a report: bytes or time, and measured dB."""
    with open(path, encoding="utf-8") as file:
        plans = json.load(file)["budget"]["plans"]
    return [(plan[axis], plan["measured_db"]) for plan in plans if plan["name"].startswith(("all ", "8 bits"))]


def ticks(low, high, count=5):
    """Round numbers from low to high, about `count` of them."""
    base = 10 ** math.floor(math.log10((high - low) / count))
    step = next(base * factor for factor in (1, 2, 5, 10) if base * factor * count >= high - low)
    return [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def draw(fronts, axis="bytes", uniform=()):
    """Returns the picture of named fronts as SVG; `uniform` has the points of each one's networks of one width."""
    largest = max([points[-1][0] for _, points in fronts] + [size for points in uniform for size, _ in points])
    levels = [value for _, points in fronts for point in points for value in point[1:] if value is not None]
    levels += [level for points in uniform for _, level in points]
    low, high = min(levels) - 1, max(levels) + 1
    across = lambda size: LEFT + size / largest * (WIDTH - LEFT - 20)
    up = lambda level: TOP + (high - level) / (high - low) * (HEIGHT - TOP - BOTTOM)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
             'font-family="sans-serif" font-size="11">',
             '<rect width="100%" height="100%" fill="white"/>',
             f'<text x="8" y="16" font-size="13" font-weight="bold">dB at {TITLES[axis]}: line predicted, '
             f'dot measured{", cross one width" if uniform else ""}</text>']
    for level in ticks(low, high):
        lines.append(f'<line x1="{LEFT}" y1="{up(level):.1f}" x2="{WIDTH - 20}" y2="{up(level):.1f}" '
                     f'stroke="#e0e0e0"/><text x="{LEFT - 6}" y="{up(level) + 4:.1f}" '
                     f'text-anchor="end">{level:g}</text>')
    for size in ticks(0, largest):
        lines.append(f'<line x1="{across(size):.1f}" y1="{TOP}" x2="{across(size):.1f}" y2="{HEIGHT - BOTTOM}" '
                     f'stroke="#e0e0e0"/><text x="{across(size):.1f}" y="{HEIGHT - BOTTOM + 14}" '
                     f'text-anchor="middle">{size:g}</text>')
    for index, (name, points) in enumerate(fronts):
        colour = COLOURS[index % len(COLOURS)]
        path = " ".join(f"{across(size):.1f},{up(predicted):.1f}" for size, predicted, _ in points)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        for size, _, measured in points:
            if measured is not None:
                lines.append(f'<circle cx="{across(size):.1f}" cy="{up(measured):.1f}" r="3" fill="{colour}"/>')
        lines.append(f'<rect x="{LEFT + 130 * index}" y="{HEIGHT - 14}" width="10" height="10" fill="{colour}"/>'
                     f'<text x="{LEFT + 14 + 130 * index}" y="{HEIGHT - 5}">{html.escape(name)}</text>')
        for size, level in uniform[index] if uniform else ():
            x, y = across(size), up(level)
            lines.append(f'<path d="M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8" stroke="{colour}" stroke-width="1.5"/>')
    return "\n".join(lines + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fronts", nargs="+", help="tables, .csv")
    parser.add_argument("-o", "--output", required=True, help="the picture, .svg")
    parser.add_argument("--axis", choices=TITLES, default="bytes")
    parser.add_argument("--report", action="append", default=[], help="of each table in turn: adds networks of one width")
    arguments = parser.parse_args()
    if arguments.report and len(arguments.report) != len(arguments.fronts):
        parser.error(f"expected a --report for each of {len(arguments.fronts)} tables, found {len(arguments.report)}")
    fronts = [(os.path.splitext(os.path.basename(path))[0], read(path, arguments.axis)) for path in arguments.fronts]
    uniform = [read_uniform(path, arguments.axis) for path in arguments.report]
    with open(arguments.output, "w", encoding="utf-8") as file:
        file.write(draw(fronts, arguments.axis, uniform))


if __name__ == "__main__":
    main()
