"""Runs the googletest binaries of the build as part of the lit suite."""
import os

import lit.formats

config.name = "Narrow-Unit"
config.suffixes = []
config.test_format = lit.formats.GoogleTest(".", "Tests")
config.test_source_root = config.test_exec_root = os.path.join(config.narrow_build_dir, "unittests")
