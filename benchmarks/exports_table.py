"""What the table of exports says: figures of answers, and their cells."""
from figures import judge, sqnr

HEAD = ["network", "file", "run by", "KiB", "same first choice as ours %", "dB to ours", "as float's: ours %", "its %",
        "float dB: ours", "its", "top-1 %: float", "ours", "its", "read back exactly: same first choice %", "dB to it"]


def compare(wanted, ours, theirs, labels, exact=None):
    """Returns the figures of a file's answers. All are logits, [sample, class], of the float network, of our native code, of
    the runtime, and of our native code for the file itself; `ours` is None where the file is not of our making, `labels` may be,
    and `exact` is where the runtime's own bits are not to be had."""
    row = {"its": judge(wanted, theirs, labels)}
    if ours is not None:
        row["ours"] = judge(wanted, ours, labels)
    for name, answers in (("between", ours), ("exact", exact)):
        if answers is not None:
            row[name] = {"agreement": 100 * float((answers.argmax(1) == theirs.argmax(1)).mean()), "db": float(sqnr(answers, theirs)[0])}
    return row


def decibels(value):
    # Equal answers leave no noise.
    return "equal" if value > 250 else f"{value:.1f}"


def cells(row):
    names = [row["network"], row["file"], row["by"]]
    if "failed" in row:
        return [*names, row["failed"][:100], *["-"] * (len(HEAD) - 4)]
    its, ours = row["its"], row.get("ours")
    of_both = lambda key, digits: [f"{ours[key]:.{digits}f}" if ours else "-", f"{its[key]:.{digits}f}"]
    pair = lambda name: [f"{row[name]['agreement']:.1f}", decibels(row[name]["db"])] if name in row else ["-", "-"]
    top1 = [f"{its['top1_float']:.1f}", *of_both("top1", 1)] if "top1" in its else ["-", "-", "-"]
    return [*names, f"{row['bytes'] / 1024:.1f}", *pair("between"), *of_both("agreement", 1), *of_both("sqnr_db", 2), *top1, *pair("exact")]


def markdown(rows):
    return "\n".join("| " + " | ".join(line) + " |" for line in [HEAD, ["---"] * len(HEAD), *map(cells, rows)])
