"""The controls, a chapter a file: ipywidgets over methods and charts, with no arithmetic of their own."""
