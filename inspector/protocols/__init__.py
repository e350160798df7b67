"""One file per protocol, named by its prefix in filters: what the header looks like and what it means.

A file declares its Header classes, a `dissect` function, for a stream protocol the generator that cuts bytes into PDUs,
and one `PROTOCOL`. The registry in engine/ finds the files by itself, and protocols never import each other: a child
claims its place in the table of its parent ("ip.proto", 6).
"""
