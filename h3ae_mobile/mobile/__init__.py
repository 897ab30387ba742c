"""The networks rewritten for phones: rank 4, static shapes, operations that delegate.

`registry` maps every reference layer to its mobile layer, one file a rewrite; `graphs` cuts the
rewritten networks into the graphs that are exported. Every rewrite equals its reference to
rounding, proven in float64.
"""
