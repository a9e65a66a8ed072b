"""The implementations that are measured, ourselves first.

Each is a class with
    name                     for tables
    prepare(network, cache)  returns what `open` takes; RuntimeError says why not, NotImplementedError that
                             there is no such network for it
    open(prepared, network)  returns `measure(seconds)`, the median of a call in us
    empty(cache)             the same for a network that does nothing, or None
"""
from .litert import LiteRt
from .narrow import Narrow
from .openvino_nncf import OpenVino
from .ort import OnnxRuntime

__all__ = ["LiteRt", "Narrow", "OnnxRuntime", "OpenVino"]
