/* Computes the network of net.mlir from its arrays, by the formulas in their
   header's comments alone, and prints the stored results.

   SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "net.h"

#include <stdio.h>

static int64_t clamp(int64_t v, const int32_t *storage) {
  return v < storage[0] ? storage[0] : v > storage[1] ? storage[1] : v;
}

static int32_t dense_weight(int i) {
#ifdef PACKED
  int32_t nibble = (net_dense_weights_packed[i / 2] >> (4 * (i % 2))) & 15;
  return nibble < 8 ? nibble : nibble - 16;
#else
  return net_dense_weights[i];
#endif
}

static uint8_t convolved[2][2][3], summed[12];

static void convolve(void) {
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 2; ++x)
      for (int o = 0; o < 3; ++o) {
        int64_t a = net_conv_bias[o], v;
        for (int ky = 0; ky < 3; ++ky)
          for (int kx = 0; kx < 3; ++kx)
            for (int i = 0; i < 2; ++i) {
              int64_t row = y * net_conv_strides[0] +
                            ky * net_conv_dilations[0] - net_conv_pads[0];
              int64_t column = x * net_conv_strides[1] +
                               kx * net_conv_dilations[1] - net_conv_pads[1];
              if (row >= 0 && row < net_x_shape[1] && column >= 0 &&
                  column < net_x_shape[2])
                a += (net_x[(row * net_x_shape[2] + column) * 2 + i] -
                      net_x_zero_point[0]) *
                     (net_conv_weights[((o * 3 + ky) * 3 + kx) * 2 + i] -
                      net_conv_weights_zero_point[o]);
            }
        v = (a + net_conv_offset[o]) >> net_conv_shift[o];
        v = v < -32768 ? -32768 : v > 32767 ? 32767 : v;
        convolved[y][x][o] = (uint8_t)clamp(
            (v * net_conv_multiplier[o] + 16384) >> 15, net_conv_storage);
      }
}

int main(void) {
  convolve();
  for (int i = 0; i < 12; ++i) {
    int64_t q = (&convolved[0][0][0])[i] - net_conv_zero_point[0];
    int64_t v =
        ((net_sum_lhs_multiplier[0] * q + net_sum_rhs_multiplier[0] * q +
          (1 << (net_sum_shift[0] - 1))) >>
         net_sum_shift[0]) +
        net_sum_zero_point[0];
    int32_t bounds[2] = {net_sum_storage[0], net_sum_max[0]};
    summed[i] = (uint8_t)clamp(v, bounds);
  }
  for (int o = 0; o < 2; ++o) {
    int64_t a = net_dense_bias[o];
    for (int i = 0; i < 12; ++i)
      a += (summed[i] - net_sum_zero_point[0]) *
           (int64_t)dense_weight(o * 12 + i);
    a = ((a * net_y_multiplier[o] + ((int64_t)1 << (net_y_shift[o] - 1))) >>
         net_y_shift[o]) +
        net_y_zero_point[0];
    printf("%d%s", (int)clamp(a, net_y_storage), o ? "]\n" : ", ");
  }
  return 0;
}
