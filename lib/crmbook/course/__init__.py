"""The course: lessons become notebooks, exercises are checked."""
