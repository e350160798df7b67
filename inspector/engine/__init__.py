"""From one record to the tree of its layers: the registry of protocols and the one function `dissect`.

Pure: the bytes of one record and a small frozen Context go in, every layer comes out, and no input makes it raise.
List, tree, JSON, fields, filters, lessons and the oracle tests all go through this one function.
"""
