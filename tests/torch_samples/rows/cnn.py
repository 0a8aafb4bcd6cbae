"""Convolutions, pooling, norms."""

TWINS = []
