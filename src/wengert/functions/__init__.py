"""The user's functions, a file for each family; ``families.py`` imports those with operations.

A file has two parts: compositions, from nodes to nodes, and what is decided at the call, where
shapes, values or random numbers say what is recorded. Where both have one name, the composition's
has an underscore before it.
"""
