"""A picture of the measured rows: bars of the share of the peak, as SVG."""
from rows import OURS, share
from table import columns

COLOURS = ["#1f6fb4", "#b0b0b0", "#7f7f7f", "#d8a03c", "#8c6bb1"]
BAR, GAP, LEFT, TOP, WIDTH = 9, 10, 190, 46, 620


def svg(rows, title):
    names = columns(rows)
    height = TOP + sum(len(names) * BAR + GAP for _ in rows) + 24
    scale = WIDTH / 100
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 60}" height="{height}" '
           'font-family="sans-serif" font-size="11">',
           f'<rect width="100%" height="100%" fill="white"/>',
           f'<text x="8" y="16" font-size="13" font-weight="bold">{title}</text>']
    for i, name in enumerate(names):
        out.append(f'<rect x="{LEFT + 130 * i}" y="25" width="10" height="10" fill="{COLOURS[i % len(COLOURS)]}"/>'
                   f'<text x="{LEFT + 130 * i + 14}" y="34">{name}</text>')
    for percent in range(0, 101, 20):
        x = LEFT + percent * scale
        out.append(f'<line x1="{x:.0f}" y1="{TOP - 4}" x2="{x:.0f}" y2="{height - 20}" stroke="#e0e0e0"/>'
                   f'<text x="{x:.0f}" y="{height - 7}" text-anchor="middle">{percent} %</text>')
    y = TOP
    for row in rows:
        out.append(f'<text x="{LEFT - 6}" y="{y + len(names) * BAR / 2 + 4:.0f}" text-anchor="end">{row["model"]}</text>')
        for i, name in enumerate(names):
            if name in row["us"]:
                percent = 100 * share(row, name)
                bold = ' font-weight="bold"' if name == OURS else ""
                out.append(f'<rect x="{LEFT}" y="{y}" width="{percent * scale:.1f}" height="{BAR - 1}" '
                           f'fill="{COLOURS[i % len(COLOURS)]}"/>'
                           f'<text x="{LEFT + percent * scale + 3:.1f}" y="{y + BAR - 1}" font-size="8"{bold}>{percent:.0f}</text>')
            y += BAR
        y += GAP
    return "\n".join(out + ["</svg>", ""])
