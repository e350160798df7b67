"""The expression language of filters and lesson goals: parse, check against the known fields, evaluate.

An expression is evaluated on columns where they exist, in milliseconds for a million packets, and on the layers of
single packets where they do not; both give the same answer.
"""
