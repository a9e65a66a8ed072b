"""Holds what `narrow verify --state` says and what `narrow run --state` gives to
the network computed here, step by step: own.json, y.npz, whole.npz, begun.npz.npz."""
import json

import numpy as np

x, weights = np.load("eval.npy").astype(np.float64), np.load("weights.npz")


def walk(steps, begin=0.0):
    """Returns y of every step, with sequences of so many steps."""
    rows, state = [], np.full(8, begin)
    for step, sample in enumerate(x):
        if step % steps == 0 and step:
            state = np.zeros(8)
        state = np.tanh(state @ weights["u"] + sample @ weights["w"])
        rows.append(state @ weights["v"])
    return np.array(rows)


def sqnr(wanted, found):
    return 10 * np.log10((wanted ** 2).sum() / ((wanted - found) ** 2).sum())


with open("own.json") as file:
    own = json.load(file)
assert own["differing_elements"] and not any(own["differing_elements"].values()), own
assert abs(own["sqnr_db"] - sqnr(walk(48), np.load("y.npz")["y"])) < 0.01, own
assert len(own["over_time_db"]) == 4 and min(own["over_time_db"]) > 20, own
# Other sequences are other results, and so is another beginning.
assert sqnr(walk(48)[48:64], np.load("whole.npz")["y"][48:64]) < 20
assert sqnr(walk(96)[48:64], np.load("whole.npz")["y"][48:64]) > 20
assert sqnr(walk(96, 0.5)[:16], np.load("begun.npz.npz")["y"][:16]) > 20
assert sqnr(walk(96)[:16], np.load("begun.npz.npz")["y"][:16]) < 20
