# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a search under a budget of bytes finds beside what simpler ways choose: weights of one width, greed, the scores alone."""

# Budgets in percent of the 8-bit network's bytes.
SHARES = [90, 80, 70, 60]
HEAD = ["network", "% of bytes", "bytes", "search dB", "one width", "greedy", "scores alone", "forms"]


def read(budget, limit):
    """Returns the search's plan and the dB of each rival within the limit; None where it has none there."""
    plans = [plan for plan in budget["plans"] if plan["bytes"] <= limit]
    best = lambda chosen: max((plan["measured_db"] for plan in chosen), default=None)
    return budget["plans"][budget["chosen"]], [
        best([plan for plan in plans if plan["name"].startswith(("8 bits", "all "))]),
        best([plan for plan in plans if plan["name"].endswith((", greedy", ", greedy, additive"))]),
        best([plan for plan in plans if plan["name"].endswith(", additive")])]


def show(name, share, budget, limit):
    """Returns the row of one budget."""
    chosen, rivals = read(budget, limit)
    level = lambda value: "-" if value is None else f"{value:.2f}"
    forms = ", ".join(f"{count} {form}" for form, count in chosen["layers"].items())
    return "| " + " | ".join([name, str(share), str(chosen["bytes"]), level(chosen["measured_db"]), *map(level, rivals), forms]) + " |"


def measure(search, plain):
    """Returns the rows of one network, `plain` its bytes with 8 bits; a budget that no plan keeps has none."""
    rows = []
    for share in SHARES:
        limit = plain * share // 100
        budget = search.find_plan(limit)
        if budget:
            rows.append(show(search.name, share, budget, limit))
            print(rows[-1], flush=True)
    return rows


def markdown(rows):
    return "\n".join(["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD), *rows])
