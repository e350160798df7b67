"""The lesson engine: the model of a lesson, its checks, the progress, and the lint that proves each step.

The lessons themselves are Markdown files in the folder lessons/ beside the package (inside it in a wheel).
"""
