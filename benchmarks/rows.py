"""What was measured, and what follows from it.

A row is one network:
    {"model": name, "mmac": 2.66, "peak_gmacs": 236.0, "level": "avx512vnni",
     "us": {implementation: median time of a call},
     "call_us": {implementation: time of a network that does nothing},
     "failed": {implementation: reason}}
"""
import math

OURS = "Narrow"
# Below this a peer's call shows in its time.
SHORT_US = 1000


def gmacs(row, implementation=OURS):
    return row["mmac"] * 1e3 / row["us"][implementation]


def share(row, implementation=OURS):
    """Returns the part of the peak, 0 to 1."""
    return gmacs(row, implementation) / row["peak_gmacs"]


def corrected_us(row, implementation):
    """Returns a time less that of an empty call."""
    return max(row["us"][implementation] - row["call_us"].get(implementation, 0), 0)


def best_peer(row):
    """Returns the name of the fastest peer, or None."""
    peers = [name for name in row["us"] if name != OURS]
    return min(peers, key=row["us"].get, default=None)


def ratio(row, corrected=False):
    """Returns the best peer's time over ours, or None. Corrected, the best is
    found anew: the peer with the costlier call may be the faster one."""
    peers = [name for name in row["us"] if name != OURS]
    if OURS not in row["us"] or not peers:
        return None
    time = corrected_us if corrected else lambda r, name: r["us"][name]
    return min(time(row, name) for name in peers) / row["us"][OURS]


def geometric_mean(rows, corrected=False):
    """Returns the mean of the ratios, corrected only where calls are short."""
    values = [ratio(row, corrected and row["us"].get(OURS, 0) < SHORT_US) for row in rows]
    values = [value for value in values if value]
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None
