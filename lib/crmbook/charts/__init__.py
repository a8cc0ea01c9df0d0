"""The pictures, a chapter a file: each function takes a method's result and returns a plotly Figure."""
