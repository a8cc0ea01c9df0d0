"""The exercises, a chapter a file."""
