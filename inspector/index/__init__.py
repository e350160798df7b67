"""What is known of all packets at once: numpy columns, stream numbers and TCP analysis, made chunk by chunk.

Each pass is (state, chunk of records) -> (state, columns), so that a file is shown while it still loads, a growing file
is followed, and chunks of any size give the same columns. A column equals the node of the same name in the tree.
"""
