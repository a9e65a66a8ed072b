"""The measured rows as text and as Markdown."""
from rows import OURS, SHORT_US, best_peer, geometric_mean, gmacs, ratio, share


def columns(rows):
    """Returns the implementations in the order of their first row."""
    names = []
    for row in rows:
        names += [name for name in [*row["us"], *row["failed"]] if name not in names]
    return names


def cells(row, names):
    """Returns a row's texts: model, MMAC, times, GMAC/s, % of peak, ratios, best."""
    def us(name):
        return f"{row['us'][name] / 1e3:.4f}" if name in row["us"] else "fails" if name in row["failed"] else "-"
    ours = OURS in row["us"]
    short = ours and row["us"][OURS] < SHORT_US
    value, less = ratio(row), ratio(row, corrected=True) if short else None
    return [row["model"], f"{row['mmac']:.2f}", *[us(name) for name in names],
            f"{gmacs(row):.1f}" if ours else "-", f"{100 * share(row):.0f}" if ours else "-",
            f"{value:.2f}" if value else "-", f"{less:.2f}" if less else "", best_peer(row) or "-"]


def header(names):
    return ["model", "MMAC", *[f"{name} ms" for name in names], "GMAC/s", "% of peak", "ratio", "less call", "best peer"]


def text(rows):
    names = columns(rows)
    lines = [header(names)] + [cells(row, names) for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) if i in (0, len(widths) - 1) else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


def markdown(rows):
    names = columns(rows)
    head = header(names)
    lines = [head, ["---"] * len(head)] + [cells(row, names) for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def summary(rows):
    """Returns the geometric means and the reasons of failures, a line each."""
    lines = []
    mean, less = geometric_mean(rows), geometric_mean(rows, corrected=True)
    if mean:
        lines.append(f"Geometric mean of the best peer's time over ours: {mean:.2f}; less an empty call where ours is "
                     f"under 1 ms: {less:.2f}.")
    for row in rows:
        for name, reason in row["failed"].items():
            lines.append(f"{row['model']}: {name} fails: {reason}")
    return lines
