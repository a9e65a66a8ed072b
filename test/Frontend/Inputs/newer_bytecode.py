"""Writes modules as MLIR 24 does, each with one affine map as its attribute."""
HEAD = bytes.fromhex("4d4cef520d4d4c495232342e302e3067697400010d03010301030703130b01010b130b13130b02210303030505052f")
TAIL = bytes.fromhex("1709030305070419050151070101070407030101060301050100350905090f116275696c74696e006d6f64756c6500612e78002d00080903050101")

# Two dimensions times 4 and the form, then a result each: numbers are doubled, and one more. The others are of form 3: how
# many symbols, one result and its operators. "general" is (d0, d1)[s0] -> ((((d0 + s0) * 3) mod 5) floordiv 2 + d1 ceildiv 2): a signed
# number is doubled once more.
GENERAL = (11, 1, 1, 3, 6, 5, 4, 3, 0, 0, 1, 0, 2, 6, 2, 10, 2, 4, 7, 0, 1, 2, 4)
for name, numbers in {"permuted": (9, 1, 0), "behind": (9, 1, 2), "unknown": (11, 0, 1, 9), "general": GENERAL,
                      "symbol": (11, 1, 1, 3, 0, 0, 1, 1), "short": GENERAL[:-1]}.items():
    data = bytes(2 * number + 1 for number in numbers)
    # The attribute's size, doubled with a mark, and that of the section of which it is a part, for three bytes.
    head = bytearray(HEAD)
    head[35] += 4 * (len(data) - 3)
    head[39] += 2 * (len(data) - 3)
    with open(f"{name}.mlirbc", "wb") as file:
        file.write(head + data + TAIL)
