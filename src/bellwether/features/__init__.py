"""Features: a causal expression algebra with one definition and two backends."""

from bellwether.features._builder import BOOL, DOUBLE, FLOAT, INT64, GraphBuilder

__all__ = ["BOOL", "DOUBLE", "FLOAT", "INT64", "GraphBuilder"]
