"""Writes modules as MLIR 24 does, each with one affine map as its attribute."""
HEAD = bytes.fromhex("4d4cef520d4d4c495232342e302e3067697400010d03010301030703130b01010b130b13130b02210303030505052f")
TAIL = bytes.fromhex("1709030305070419050151070101070407030101060301050100350905090f116275696c74696e006d6f64756c6500612e78002d00080903050101")

# Two dimensions times 4 and the form, then a result each: numbers are doubled, and one more. The last is of form 3: no
# symbols, one result, by operator 9.
for name, numbers in {"permuted": (9, 1, 0), "behind": (9, 1, 2), "unknown": (11, 0, 1, 9)}.items():
    data = bytes(2 * number + 1 for number in numbers)
    # The attribute's size, doubled with a mark, and that of the section of which it is a part, for three bytes.
    head = bytearray(HEAD)
    head[35] += 4 * (len(data) - 3)
    head[39] += 2 * (len(data) - 3)
    with open(f"{name}.mlirbc", "wb") as file:
        file.write(head + data + TAIL)
