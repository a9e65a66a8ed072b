"""Prints the tables and the picture of invented rows."""
import sys

sys.path.insert(0, sys.argv[1])
import chart
import table

ROWS = [
    {"model": "small", "mmac": 1.0, "peak_gmacs": 200.0, "us": {"Narrow": 10.0, "A": 30.0, "B": 40.0},
     "call_us": {"A": 10.0, "B": 30.0}, "failed": {}},
    {"model": "large", "mmac": 400.0, "peak_gmacs": 200.0, "us": {"Narrow": 4000.0, "A": 8000.0},
     "call_us": {"A": 10.0}, "failed": {"B": "too large"}},
    {"model": "odd", "mmac": 2.0, "peak_gmacs": 200.0, "us": {"A": 500.0}, "call_us": {}, "failed": {"Narrow": "unknown node"}},
]
print(table.text(ROWS))
print("\n".join(table.summary(ROWS)))
print(table.markdown(ROWS))
# Bars are eight high, the squares of the legend ten.
print(chart.svg(ROWS, "title"))
