# Wrappers that every directory uses: dialects, pass declarations, libraries, tools.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# One precompiled header for every C++ target that sees MLIR: a file takes two
# seconds to compile with it and ten without. It holds upstream headers alone, so
# that touching ours never rebuilds everything.
add_library(NarrowPch OBJECT ${CMAKE_CURRENT_LIST_DIR}/Pch.cpp)
target_precompile_headers(NarrowPch PRIVATE
  <mlir/Dialect/Arith/IR/Arith.h>
  <mlir/Dialect/Func/IR/FuncOps.h>
  <mlir/Dialect/LLVMIR/LLVMDialect.h>
  <mlir/Dialect/Quant/IR/Quant.h>
  <mlir/Dialect/Quant/IR/QuantTypes.h>
  <mlir/Dialect/Tensor/IR/Tensor.h>
  <mlir/Dialect/Tosa/IR/TosaOps.h>
  <mlir/Dialect/Vector/IR/VectorOps.h>
  <mlir/IR/Builders.h>
  <mlir/IR/BuiltinOps.h>
  <mlir/IR/DialectResourceBlobManager.h>
  <mlir/IR/PatternMatch.h>
  <mlir/Pass/Pass.h>
  <mlir/Pass/PassManager.h>
  <mlir/Transforms/DialectConversion.h>
  <mlir/Transforms/GreedyPatternRewriteDriver.h>
)
# ccache reuses objects across checkouts only if the header carries no time stamp.
target_compile_options(NarrowPch PRIVATE "SHELL:-Xclang -fno-pch-timestamp")

add_custom_target(narrow-headers)

# narrow_tablegen(FILE.td TARGET OUTPUT FLAGS...  [OUTPUT2 FLAGS2 ...] via repeated calls)
function(narrow_tablegen td out)
  set(LLVM_TARGET_DEFINITIONS ${td})
  mlir_tablegen(${out} ${ARGN} EXTRA_INCLUDES ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)
  string(MAKE_C_IDENTIFIER "gen-${CMAKE_CURRENT_SOURCE_DIR}/${out}" id)
  string(REPLACE "${PROJECT_SOURCE_DIR}" "" id "${id}")
  add_custom_target(${id} DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${out})
  add_dependencies(narrow-headers ${id})
endfunction()

# A page of docs/reference/, generated in the build; a test compares the two.
function(narrow_reference_page td page)
  narrow_tablegen(${td} ${page} ${ARGN})
  set_property(GLOBAL APPEND PROPERTY NARROW_REFERENCE_PAGES ${CMAKE_CURRENT_BINARY_DIR}/${page})
endfunction()

# narrow_dialect(Fxp fxp [Dynamic REGEX]): FxpDialect.td, FxpOps.td in this folder, C++ namespace from the .td. Operations whose names
# the expression matches are in FxpDynamicOps.h.inc and .cpp.inc: few files need to know them.
function(narrow_dialect name prefix)
  if(ARGC GREATER 2)
    set(rest -op-exclude-regex=${ARGV3})
    narrow_tablegen(${name}Ops.td ${name}${ARGV2}Ops.h.inc -gen-op-decls -op-include-regex=${ARGV3})
    narrow_tablegen(${name}Ops.td ${name}${ARGV2}Ops.cpp.inc -gen-op-defs -op-include-regex=${ARGV3})
  endif()
  narrow_tablegen(${name}Ops.td ${name}Dialect.h.inc -gen-dialect-decls -dialect=${prefix})
  narrow_tablegen(${name}Ops.td ${name}Dialect.cpp.inc -gen-dialect-defs -dialect=${prefix})
  narrow_tablegen(${name}Ops.td ${name}Ops.h.inc -gen-op-decls ${rest})
  narrow_tablegen(${name}Ops.td ${name}Ops.cpp.inc -gen-op-defs ${rest})
  narrow_reference_page(${name}Ops.td ${prefix}.md -gen-dialect-doc -dialect=${prefix})
endfunction()

function(narrow_enums_and_attributes name prefix)
  narrow_tablegen(${name}Attributes.td ${name}Enums.h.inc -gen-enum-decls)
  narrow_tablegen(${name}Attributes.td ${name}Enums.cpp.inc -gen-enum-defs)
  narrow_tablegen(${name}Attributes.td ${name}Attributes.h.inc -gen-attrdef-decls -attrdefs-dialect=${prefix})
  narrow_tablegen(${name}Attributes.td ${name}Attributes.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${prefix})
endfunction()

# narrow_passes(FxpTransforms): Passes.td in this folder -> Passes.h.inc.
function(narrow_passes name)
  narrow_tablegen(Passes.td Passes.h.inc -gen-pass-decls -name ${name})
  narrow_reference_page(Passes.td ${name}.md -gen-pass-doc)
endfunction()

# narrow_library(NarrowX sources... LINK libs...): a static library over the shared MLIR.
function(narrow_library name)
  cmake_parse_arguments(ARG "NO_PCH" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_dependencies(${name} narrow-headers)
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(NOT ARG_NO_PCH)
    target_precompile_headers(${name} REUSE_FROM NarrowPch)
  endif()
  target_include_directories(${name} INTERFACE $<INSTALL_INTERFACE:include>)
  install(TARGETS ${name} EXPORT NarrowTargets ARCHIVE DESTINATION lib)
  set_property(GLOBAL APPEND PROPERTY NARROW_LIBS ${name})
endfunction()

# Installed programs find LLVM where they were linked with it.
function(narrow_install_rpath name)
  set_target_properties(${name} PROPERTIES INSTALL_RPATH "${LLVM_LIBRARY_DIR}")
endfunction()

# narrow_tool(narrow-x sources... LINK libs...)
function(narrow_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  add_dependencies(${name} narrow-headers)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  target_precompile_headers(${name} REUSE_FROM NarrowPch)
  narrow_install_rpath(${name})
  install(TARGETS ${name} RUNTIME DESTINATION bin)
  set_property(GLOBAL APPEND PROPERTY NARROW_TOOLS ${name})
endfunction()

# narrow_unittest(NarrowXTests sources... LINK libs...): a googletest binary that
# lit runs; the name must end in Tests.
function(narrow_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  add_dependencies(${name} narrow-headers)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM GTest::gtest GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM NarrowPch)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  set_property(GLOBAL APPEND PROPERTY NARROW_UNITTESTS ${name})
endfunction()

# narrow_fuzzer(fuzz-x sources... LINK libs...): a libFuzzer program. It runs
# anywhere; with NARROW_FUZZ it sees what its inputs reach.
function(narrow_fuzzer name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  add_dependencies(${name} narrow-headers)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_precompile_headers(${name} REUSE_FROM NarrowPch)
  set_property(GLOBAL APPEND PROPERTY NARROW_FUZZERS ${name})
endfunction()
