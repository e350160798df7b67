"""The words that all other rooms speak: sources and views of bytes, fields and headers, nodes, issues, layers, packets.

Standard library only, and nothing here knows a protocol by name. Start with source.py (bytes that know where they came
from), then field.py (a header is declared once) and node.py (a field found in bytes).
"""
