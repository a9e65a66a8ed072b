/*===- matrix_emulator.c - AMX's instructions on CPUs that lack them ------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* A CPU without AMX raises an illegal instruction at each of its instructions.
|* The handler here decodes it and does what Intel's architecture manual
|* (volume 2, tile instructions) says, with its checks of the tile shapes.
|* Only the forms that Narrow emits are known; others end the program.
|*
\*===----------------------------------------------------------------------===*/

#define _GNU_SOURCE
#include "matrix_emulator.h"
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { tile_count = 8, tile_rows = 16, tile_bytes = 64 };

static struct {
  uint16_t row_bytes;
  uint8_t rows;
  uint8_t data[tile_rows][tile_bytes];
} tiles[tile_count];
static long products;

long emulated_products(void) { return products; }

static _Noreturn void fail(const char *what, const uint8_t *code) {
  fprintf(stderr, "matrix emulator: %s at %02x %02x %02x %02x %02x %02x\n",
          what, code[0], code[1], code[2], code[3], code[4], code[5]);
  _Exit(99);
}

/* A decoded VEX instruction of the map 0F38. */
struct instruction {
  int prefix, opcode; /* prefix: 0 none, 1 66, 2 F3, 3 F2 */
  int mode, reg, rm, operand;
  uint64_t base, index; /* of the memory operand, where mode is not 3 */
  int length;
};

/* Returns the general register that the encoding's number means. */
static uint64_t read_register(const greg_t *registers, int number) {
  static const int order[16] = {
      REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
      REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  return (uint64_t)registers[order[number]];
}

static int32_t read_int32(const uint8_t *from) {
  int32_t value;
  memcpy(&value, from, sizeof value);
  return value;
}

static struct instruction decode(const uint8_t *code, const greg_t *registers) {
  if (code[0] != 0xC4 || (code[1] & 31) != 2)
    fail("not a tile instruction", code);
  /* The three extension bits and the operand are stored inverted. */
  int extend_reg = !(code[1] & 128) << 3, extend_index = !(code[1] & 64) << 3,
      extend_base = !(code[1] & 32) << 3;
  struct instruction i = {.prefix = code[2] & 3,
                          .operand = ~(code[2] >> 3) & 15,
                          .opcode = code[3],
                          .mode = code[4] >> 6,
                          .reg = ((code[4] >> 3) & 7) | extend_reg,
                          .rm = code[4] & 7,
                          .length = 5};
  if (i.mode == 3) {
    i.rm |= extend_base;
    return i;
  }
  int wide = i.mode == 2;
  if (i.rm == 4) {
    uint8_t sib = code[5];
    i.length = 6;
    int index = ((sib >> 3) & 7) | extend_index;
    if (index != 4)
      i.index = read_register(registers, index) << (sib >> 6);
    if ((sib & 7) == 5 && i.mode == 0)
      wide = 1;
    else
      i.base = read_register(registers, (sib & 7) | extend_base);
  } else if (i.rm == 5 && i.mode == 0) {
    wide = 1;
    i.base = (uint64_t)registers[REG_RIP] + 9;
  } else {
    i.base = read_register(registers, i.rm | extend_base);
  }
  if (wide) {
    i.base += (uint64_t)(int64_t)read_int32(code + i.length);
    i.length += 4;
  } else if (i.mode == 1) {
    i.base += (uint64_t)(int64_t)(int8_t)code[i.length];
    i.length += 1;
  }
  return i;
}

/* ldtilecfg: palette 1, row bytes from byte 16, rows from byte 48. */
static void configure(const uint8_t *from, const uint8_t *code) {
  if (from[0] != 1)
    fail("unknown palette", code);
  memset(tiles, 0, sizeof tiles);
  for (int t = 0; t < tile_count; ++t) {
    memcpy(&tiles[t].row_bytes, from + 16 + 2 * t, 2);
    tiles[t].rows = from[48 + t];
    if (tiles[t].rows > tile_rows || tiles[t].row_bytes > tile_bytes)
      fail("tile too large", code);
  }
}

/* tdpbusd: 32-bit sums of four products of u8 with i8. */
static void multiply(const struct instruction *i, const uint8_t *code) {
  int to = i->reg, left = i->rm, right = i->operand;
  int depth = tiles[left].row_bytes / 4, columns = tiles[to].row_bytes / 4;
  if (tiles[to].rows != tiles[left].rows || depth != tiles[right].rows ||
      tiles[to].row_bytes != tiles[right].row_bytes)
    fail("tile shapes that do not match", code);
  for (int row = 0; row < tiles[to].rows; ++row)
    for (int k = 0; k < depth; ++k)
      for (int column = 0; column < columns; ++column) {
        uint32_t sum;
        memcpy(&sum, &tiles[to].data[row][4 * column], 4);
        for (int b = 0; b < 4; ++b)
          sum += (uint32_t)(tiles[left].data[row][4 * k + b] *
                            (int8_t)tiles[right].data[k][4 * column + b]);
        memcpy(&tiles[to].data[row][4 * column], &sum, 4);
      }
  ++products;
}

/* tileloadd and tilestored: row r lies at base + r * index. */
static void load(const struct instruction *i, const uint8_t *code) {
  if (!tiles[i->reg].rows)
    fail("tile without a shape", code);
  memset(tiles[i->reg].data, 0, sizeof tiles[i->reg].data);
  for (int row = 0; row < tiles[i->reg].rows; ++row)
    memcpy(tiles[i->reg].data[row],
           (const void *)(i->base + (uint64_t)row * i->index),
           tiles[i->reg].row_bytes);
}
static void store(const struct instruction *i) {
  for (int row = 0; row < tiles[i->reg].rows; ++row)
    memcpy((void *)(i->base + (uint64_t)row * i->index),
           tiles[i->reg].data[row], tiles[i->reg].row_bytes);
}

static void emulate(int signal, siginfo_t *information, void *context) {
  (void)signal, (void)information;
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const uint8_t *code = (const uint8_t *)registers[REG_RIP];
  struct instruction i = decode(code, registers);
  int form = i.prefix << 8 | i.opcode;
  if (i.mode != 3 && form == 0x049)
    configure((const uint8_t *)(i.base + i.index), code);
  else if (i.mode == 3 && form == 0x049) /* tilerelease */
    memset(tiles, 0, sizeof tiles);
  else if (i.mode == 3 && form == 0x349) /* tilezero */
    memset(tiles[i.reg].data, 0, sizeof tiles[i.reg].data);
  else if (form == 0x34B || form == 0x14B) /* the second hints at no reuse */
    load(&i, code);
  else if (form == 0x24B)
    store(&i);
  else if (i.mode == 3 && form == 0x15E)
    multiply(&i, code);
  else
    fail("unknown instruction", code);
  registers[REG_RIP] += i.length;
}

void install_emulator(void) {
  struct sigaction action = {0};
  action.sa_sigaction = emulate;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, 0);
}
