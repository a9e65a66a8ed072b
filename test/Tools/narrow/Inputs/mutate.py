"""Damages good files at random and runs `narrow` on them.

usage: mutate.py WORK COUNT SEED KIND GOOD COMMAND...

KIND names the files in the report; GOOD is the file to damage. In COMMAND, @
stands for the damaged file and OUT for a file to write. Every run must end with
code 0, or with code 1, one `error:` line and nothing written; never by a signal.
The undamaged file must be accepted. Prints what went wrong with the seed that
repeats it, then the counts.
"""
import os
import random
import re
import subprocess
import sys


def structure(data):
    """Returns the offsets near text: headers, names and shapes rather than weights."""
    near = bytearray(len(data))
    for match in re.finditer(rb"[ -~]{4,}", data):
        for i in range(max(0, match.start() - 24), min(len(data), match.end() + 24)):
            near[i] = 1
    return [i for i in range(len(data)) if near[i]] or list(range(len(data)))


def mutate(data, places, draw):
    """Returns a damaged copy: bytes changed, cut, repeated, removed or put in."""
    data = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4))):
        at = draw.choice(places) if draw.random() < 0.9 else draw.randrange(max(1, len(data)))
        at = min(at, max(0, len(data) - 1))
        kind = draw.randrange(7)
        length = draw.choice((1, 2, 4, 16, 200))
        if kind == 0 and data:
            data[at] ^= 1 << draw.randrange(8)
        elif kind == 1 and data:
            data[at] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at:at + length]
        elif kind == 4:
            data[at:at] = data[at:at + length]
        elif kind == 5:
            data[at:at] = bytes(draw.randrange(256) for _ in range(min(length, 16)))
        elif kind == 6:
            data[at:at + 8] = draw.choice((b"\xff" * 8, b"\x00" * 8, b"\xff" * 7 + b"\x7f", b"99999999", b"-1 1 -2 "))
    return bytes(data)


def judge(command, *outputs, limit=600):
    """Runs a command that may write `outputs`. Returns (0 or 1, its errors) if it ended well with that code, or else (what
    went wrong, its errors)."""
    try:
        run = subprocess.run(command, capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired as expired:
        return f"no end after {limit} s", (expired.stderr or b"").decode(errors="replace")
    text = run.stderr.decode(errors="replace")
    errors = [line for line in text.splitlines() if line.startswith("error: ")]
    if run.returncode == 0:
        return 0, text
    if run.returncode != 1:
        return f"ended with code {run.returncode}", text
    if len(errors) != 1:
        return f"expected one error, found {len(errors)}", text
    for path in outputs:
        if os.path.exists(path):
            return f"failed, but left {path}", text
    return 1, text


def main():
    work, count, seed, kind, good = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
    os.makedirs(work, exist_ok=True)
    bad, out = os.path.join(work, "bad" + os.path.splitext(good)[1]), os.path.join(work, "out.o")
    command = [bad if word == "@" else out if word == "OUT" else word for word in sys.argv[6:]]
    with open(good, "rb") as file:
        data = file.read()
    places, accepted, refused, problems = structure(data), 0, 0, 0
    with open(bad, "wb") as file:
        file.write(data)
    subprocess.check_call(command, stdout=subprocess.DEVNULL)
    for i in range(seed, seed + count):
        with open(bad, "wb") as file:
            file.write(mutate(data, places, random.Random(i)))
        if os.path.exists(out):
            os.remove(out)
        what, text = judge(command, out)
        if what == 0:
            accepted += 1
        elif what == 1:
            refused += 1
        else:
            problems += 1
            print(f"{kind}, seed {i}: {what}\n{text[:1500]}")
    print(f"{kind}: {accepted} accepted, {refused} refused, {problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
