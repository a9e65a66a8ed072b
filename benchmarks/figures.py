"""How good answers are, each figure with the interval that it lies in."""
import numpy as np

SEED, RESAMPLES = 0, 1000


def wilson(hits, count):
    """Returns the 95 % interval of a share, in percent (Wilson, 1927)."""
    z, share = 1.96, hits / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return [float(100 * (centre - half)), float(100 * (centre + half))]


def sqnr(wanted, found):
    """Returns the signal to noise in dB over all samples and its 95 % interval,
    by drawing the samples again (bootstrap). Both are [sample, element]."""
    wanted = wanted.astype(np.float64)
    signal, noise = (wanted ** 2).sum(1), ((wanted - found) ** 2).sum(1)
    db = lambda rows: 10 * np.log10(signal[rows].sum() / max(noise[rows].sum(), 1e-30))
    draw = np.random.default_rng(SEED)
    drawn = [db(draw.integers(len(wanted), size=len(wanted))) for _ in range(RESAMPLES)]
    return db(np.arange(len(wanted))), [float(v) for v in np.percentile(drawn, [2.5, 97.5])]


def judge(wanted, found, labels):
    """Returns the figures of the answers `found` beside the float network's.

    Both are logits, [sample, class]; labels are [sample] or None.
    """
    count = len(wanted)
    same = int((wanted.argmax(1) == found.argmax(1)).sum())
    db, interval = sqnr(wanted, found)
    row = {"judged": count, "agreement": 100 * same / count, "agreement_interval": wilson(same, count),
           "sqnr_db": float(db), "sqnr_interval": interval}
    if labels is not None:
        right = found.argmax(1) == labels
        row["top1"] = 100 * float(right.mean())
        row["top1_float"] = 100 * float((wanted.argmax(1) == labels).mean())
    return row
