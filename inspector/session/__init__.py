"""What is open: a capture with its index, its streams and its caches. The only door for ui/ and cli.

It builds the Context that a record is dissected with, and hands plain sequences to the window.
"""
