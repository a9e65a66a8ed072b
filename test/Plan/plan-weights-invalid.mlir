// RUN: narrow-opt %s --split-input-file --plan-weights=edge-bits=17 --verify-diagnostics

// expected-error @below {{expected 2 to 16 weight bits, found 17}}
module {
}

// -----

// expected-error @below {{expected 2 to 4 bits for weights stored as i4, found 5}}
module attributes {narrow.weights = #fxp.weights<storage = i4, bits = 5>} {
}

// -----

// expected-error @below {{expected 9 to 16 bits for weights stored as i16, found 8}}
module attributes {narrow.weights = #fxp.weights<storage = i16, bits = 8>} {
}

// -----

// expected-error @below {{expected blocks of 32, 64 or 128 weights, found 48}}
module attributes {narrow.weights = #fxp.weights<storage = i4, bits = 4, block = 48>} {
}

// -----

// expected-error @below {{expected weights in blocks to be stored as i4, found i8}}
module attributes {narrow.weights = #fxp.weights<storage = i8, bits = 8, block = 32>} {
}

// -----

// expected-error @below {{expected weights in blocks to have a scale a channel, found one a tensor}}
module attributes {narrow.weights = #fxp.weights<storage = i4, bits = 4, granularity = tensor, block = 32>} {
}
