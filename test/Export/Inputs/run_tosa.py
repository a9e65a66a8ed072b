"""Runs the function main of an exported module, which returns a tensor of integers, by MLIR's own lowering of TOSA.

  run_tosa.py FILE.mlir
"""
import os
import re
import shutil
import subprocess
import sys

LOWERING = """builtin.module(
  func.func(tosa-to-linalg-named, tosa-to-linalg, tosa-to-arith{include-apply-rescale=true}, tosa-to-tensor),
  convert-elementwise-to-linalg, one-shot-bufferize{bufferize-function-boundaries=true},
  func.func(convert-linalg-to-loops), expand-strided-metadata, lower-affine, convert-scf-to-cf, convert-math-to-llvm,
  convert-arith-to-llvm, finalize-memref-to-llvm, convert-func-to-llvm, convert-cf-to-llvm, reconcile-unrealized-casts)"""
CALL = """
  func.func private @printMemrefI32(tensor<*xi32>)
  func.func @run() {
    %y = call @main() : () -> tensor<SHAPExTYPE>
    %wide = arith.extsi %y : tensor<SHAPExTYPE> to tensor<SHAPExi32>
    %any = tensor.cast %wide : tensor<SHAPExi32> to tensor<*xi32>
    call @printMemrefI32(%any) : (tensor<*xi32>) -> ()
    return
  }
}
"""


def run(*command, text=None):
    return subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, text=True).stdout


module = run("mlir-opt", sys.argv[1])
shape, kind = re.search(r"@main\(\) -> tensor<([0-9x]+)x(i\d+)>", module).groups()
module = module[:module.rindex("}")] + CALL.replace("SHAPE", shape).replace("TYPE", kind)
lowered = run("mlir-opt", "-pass-pipeline=" + re.sub(r"\n\s*", "", LOWERING), text=module)
libraries = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("mlir-opt")))), "lib")
print(re.sub(r",\s+", ", ", run("mlir-runner", "-e", "run", "-entry-point-result=void",
                              f"-shared-libs={libraries}/libmlir_runner_utils.so,{libraries}/libmlir_c_runner_utils.so",
                              text=lowered)))
