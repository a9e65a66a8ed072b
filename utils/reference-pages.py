#!/usr/bin/env python3
"""Keeps docs/reference/ equal to the pages generated from the op and pass definitions.

    reference-pages.py [--write] LIST DOCS

LIST names the generated pages, one a line. Without --write, says which pages of
DOCS differ, are missing or are not generated, and exits with 1 if any does.
"""
import os
import sys


def main():
    write = "--write" in sys.argv
    listing, docs = [word for word in sys.argv[1:] if word != "--write"]
    with open(listing) as file:
        pages = {os.path.basename(line): line for line in file.read().split()}
    stale = sorted(set(os.listdir(docs) if os.path.isdir(docs) else []) - set(pages))
    for name, source in sorted(pages.items()):
        with open(source) as file:
            wanted = file.read()
        target = os.path.join(docs, name)
        found = open(target).read() if os.path.exists(target) else None
        if found != wanted:
            stale.append(name)
            if write:
                os.makedirs(docs, exist_ok=True)
                with open(target, "w") as file:
                    file.write(wanted)
    if write:
        for name in set(os.listdir(docs)) - set(pages):
            os.remove(os.path.join(docs, name))
        return 0
    for name in stale:
        print(f"docs/reference/{name}: not what the definitions say; run ./dev docs")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
