"""Prints the table of invented answers of exported files."""
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
from exports_table import compare, markdown

# Two samples of three classes, both of the second; the runtime chooses the third once, we never.
FLOAT = np.array([[0.0, 10.0, 0.0], [0.0, 8.0, 6.0]])
OURS = FLOAT + [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
THEIRS = FLOAT + [[0.0, 0.0, 0.0], [0.0, 0.0, 4.0]]
LABELS = np.array([1, 2])


def row(file, ours, theirs, labels, exact=None):
    return {"network": "n", "file": file, "by": "A", "bytes": 2048, **compare(FLOAT, ours, theirs, labels, exact)}


print(markdown([row("other", OURS, THEIRS, LABELS), row("same", OURS, OURS, None, OURS), row("not ours", None, THEIRS, LABELS),
                {"network": "n", "file": "none", "by": "A", "failed": "'/conv': no form"}]))
