"""What the product says about a field, as data: TOML files with annotations, and their loader.

A text depends on the value where the value matters, cites the claims of the notes and the RFC section, and every field
that a protocol declares has one: `inspector lint` proves it.
"""
