/*===- matrix_emulator.h - AMX's instructions on CPUs that lack them ------===*\
|*
|* Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------===*/

#ifndef NARROW_TEST_MATRIX_EMULATOR_H
#define NARROW_TEST_MATRIX_EMULATOR_H

/* From here on this process runs AMX's tile instructions, by emulation where
   the CPU lacks them. */
void install_emulator(void);

/* Returns how many tile products were emulated: 0 where the CPU has them. */
long emulated_products(void);

#endif
