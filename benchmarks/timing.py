"""How a call is timed: the same for every implementation."""
import time

import numpy as np


def median_us(call, seconds):
    """Returns the median time of `call()` in microseconds over about `seconds`."""
    for _ in range(3):
        call()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e6 * float(np.median(times))
