"""The two byte streams of a conversation, put together from segments, and the messages cut out of them.

Every byte keeps its origin through reordering, retransmission, overlap and loss. The boundary pass runs the grammars
that protocols/ declares and keeps checkpoints; no protocol is known here by name.
"""
