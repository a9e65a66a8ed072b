// RUN: narrow-opt %s --lower-tile=target=z80 --verify-diagnostics

// expected-error @below {{expected a known target, found 'z80'}}
func.func @f() {
  return
}
