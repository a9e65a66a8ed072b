"""How much answers depend on which samples calibrated: the same recipe on random subsets of a network's samples."""
import judged


def measure(names, count, num_samples, num_judged, implementations, measure_one):
    """Returns a row for each network and implementation: the figures of each of `count` subsets.

    Subset i is drawn with seed i. Where one of them failed, the row has the reason.
    """
    rows = []
    for name in names:
        drawn = {implementation.name: [] for implementation in implementations}
        for seed in range(count):
            network = judged.JudgedNetwork(name, num_samples, num_judged, seed)
            for implementation in implementations:
                drawn[implementation.name].append(measure_one(network, implementation))
        for by, subsets in drawn.items():
            row = {"model": name, "by": by, "samples": subsets[0]["samples"], "date": subsets[0]["date"]}
            failed = [subset["failed"] for subset in subsets if "failed" in subset]
            if failed:
                row["failed"] = failed[0]
            else:
                row.update(sqnr_db=[subset["sqnr_db"] for subset in subsets],
                           agreement=[subset["agreement"] for subset in subsets])
            rows.append(row)
    return rows


HEAD = ["network", "by", "samples", "dB worst", "best", "apart", "agreement % worst", "best"]


def show(row):
    """Returns the cells of a row of the table."""
    start = [row["model"], row["by"], str(row["samples"])]
    if "failed" in row:
        return [*start, "-", "-", "-", "-", row["failed"][:60]]
    levels, agreement = row["sqnr_db"], row["agreement"]
    return [*start, f"{min(levels):.2f}", f"{max(levels):.2f}", f"{max(levels) - min(levels):.2f}",
            f"{min(agreement):.2f}", f"{max(agreement):.2f}"]


def markdown(rows):
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    return "\n".join(lines + ["| " + " | ".join(show(row)) + " |" for row in rows])
