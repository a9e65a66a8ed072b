#!/bin/sh
# benchmarks/run.sh BUILD [MODEL...]: makes the peers' virtual environment if it
# is missing and runs bench.py in it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
shift
venv=$here/../.venv-bench
if ! [ -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import onnxruntime' 2>/dev/null; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q -r "$here/requirements.txt"
fi
exec "$venv/bin/python" "$here/bench.py" --build "$build" "$@"
