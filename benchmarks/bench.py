#!/usr/bin/env python3
"""Measures Narrow's int8 networks against their peers', in one run.

One pinned thread. Each round times every implementation of a network in turn,
so that a drifting clock hits all alike, and the level's peak with them; figures
are medians of the rounds. Peers quantise the float model themselves, on the
same seeded noise: for speed only. Peers' times include the call from Python; for
networks under 1 ms a second ratio takes the time of an empty network off.

Models are names (see networks.py) or .onnx files; all by default. Each row is
saved in the build directory, and --report makes the table of what is saved.
--float measures float execution instead (see float_bench.py).
"""
import argparse
import datetime
import json
import os
import statistics
import sys

import chart
import document
import float_bench
import machine
import table
from cache import Cache
from networks import ALL, Network
from peers import LiteRt, Narrow, OnnxRuntime, OpenVino


def prepare(network, implementations, cache):
    """Returns what each implementation opens, and why the others cannot."""
    prepared, failed = {}, {}
    for implementation in implementations:
        try:
            prepared[implementation] = implementation.prepare(network, cache)
        except NotImplementedError:  # It has no such network, which is no failure.
            pass
        except RuntimeError as error:
            failed[implementation.name] = str(error)
    return prepared, failed


def measure(network, implementations, cache, arguments):
    """Returns the network's row (see rows.py)."""
    prepared, failed = prepare(network, implementations, cache)
    narrow = implementations[0]
    calls, empty = {}, {}
    for implementation, artefact in prepared.items():
        calls[implementation.name] = implementation.open(artefact, network)
        if call := implementation.empty(cache):
            empty[implementation.name] = call
    times = {name: [] for name in calls}
    empty_times = {name: [] for name in empty}
    peaks = []
    for _ in range(arguments.rounds):
        peaks.append(narrow.peak())
        for name, call in calls.items():
            times[name].append(call(arguments.seconds))
            if name in empty:
                empty_times[name].append(empty[name](0.05))
    return {"model": network.name, "mmac": network.macs / 1e6, "level": narrow.level,
            "peak_gmacs": statistics.median(peaks), "rounds": arguments.rounds,
            "date": datetime.date.today().isoformat(),
            "us": {name: statistics.median(values) for name, values in times.items()},
            "call_us": {name: statistics.median(values) for name, values in empty_times.items()},
            "failed": failed}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="build directory with bin/narrow")
    parser.add_argument("--level", default="native", help="our ISA level (default: the best here)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.4, help="of timing for each implementation and round")
    parser.add_argument("--prepare", action="store_true", help="quantise and compile what is not cached, measure nothing")
    parser.add_argument("--float", action="store_true", help="measure float execution against ONNX Runtime's in f32")
    parser.add_argument("--report", action="store_true", help="measure nothing: the table of the saved rows")
    parser.add_argument("--json", help="write the rows to this file as well")
    parser.add_argument("--svg", help="draw the rows into this file")
    parser.add_argument("--update-docs", action="store_true", help="renew the measured part of docs/performance.md")
    parser.add_argument("models", nargs="*", metavar="MODEL")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    # Inherited by every program started here.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if arguments.float:
        return float_bench.run(arguments)
    folder = os.path.join(arguments.build, "bench")
    rows_folder = os.path.join(folder, "rows")
    os.makedirs(rows_folder, exist_ok=True)
    cache = Cache(os.path.join(folder, "cache"))
    narrow = Narrow(os.path.join(arguments.build, "bin", "narrow"), arguments.level)
    implementations = [narrow, OnnxRuntime(), OpenVino(), LiteRt()]
    rows = []
    for name in arguments.models or ALL:
        path = os.path.join(rows_folder, os.path.splitext(os.path.basename(name))[0] + ".json")
        if arguments.report:
            if os.path.exists(path):
                with open(path) as file:
                    rows.append(json.load(file))
            continue
        network = Network(name)
        print(f"{network.name} ...", file=sys.stderr, flush=True)
        if arguments.prepare:
            for peer, reason in prepare(network, implementations, cache)[1].items():
                print(f"{network.name}: {peer} fails: {reason}", file=sys.stderr)
            continue
        rows.append(measure(network, implementations, cache, arguments))
        with open(path, "w") as file:
            json.dump(rows[-1], file, indent=1)
    if not rows:
        return
    print(f"{machine.describe()}\npeak {statistics.median(row['peak_gmacs'] for row in rows):.1f} GMAC/s, one core")
    print(table.text(rows))
    print("\n".join(table.summary(rows)))
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"machine": machine.describe(), "rows": rows}, file, indent=1)
    if arguments.svg:
        with open(arguments.svg, "w") as file:
            file.write(chart.svg(rows, "int8, one core: share of the peak"))
    if arguments.update_docs:
        document.update(rows)
        document.update_layers(narrow.layers(Network("mobilenetv2_imagenet")))


if __name__ == "__main__":
    main()
