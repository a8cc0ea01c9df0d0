"""The opening lesson: the loop of customer management at a glance, and the little Python that the exercises need.

It computes nothing of its own; `exercises` holds its first steps.
"""
