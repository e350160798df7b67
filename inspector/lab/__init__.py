"""The lab: scenarios that make real traffic between real programs on this machine's loopback.

A scenario (scenario.py) is one small module in scenarios/. The same module serves `inspector lab NAME`, the lessons'
steps in which the learner makes traffic, and the making of captures/ (make_captures.py). Servers of the lab bind
loopback only, and everything is bounded in count and time.
"""
