# What `cmake --install` lays out: libraries, headers (generated ones too), tools
# and the package that find_package(Narrow) reads.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include(CMakePackageConfigHelpers)

get_property(narrow_libs GLOBAL PROPERTY NARROW_LIBS)
install(DIRECTORY include/narrow ${CMAKE_CURRENT_BINARY_DIR}/include/narrow DESTINATION include
        FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc" PATTERN CMakeFiles EXCLUDE)
install(FILES runtime/narrow_openmp.h DESTINATION include)
install(EXPORT NarrowTargets DESTINATION lib/cmake/Narrow)
configure_package_config_file(cmake/NarrowConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/NarrowConfig.cmake
                              INSTALL_DESTINATION lib/cmake/Narrow)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/NarrowConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/NarrowConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/NarrowConfigVersion.cmake
        DESTINATION lib/cmake/Narrow)
