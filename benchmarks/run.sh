#!/bin/sh
# benchmarks/run.sh SCRIPT BUILD [options] [MODEL...]: makes the peers' virtual
# environment if it is missing or older than its list, and runs the script in it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
script=$1
build=$2
shift 2
venv=$here/../.venv-bench
if ! [ "$venv/complete" -nt "$here/requirements.txt" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r "$here/requirements.txt"
  touch "$venv/complete"
fi
exec "$venv/bin/python" "$here/$script" --build "$build" "$@"
