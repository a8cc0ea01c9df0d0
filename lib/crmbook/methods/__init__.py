"""The methods, a chapter a file: frames and numbers in, frames and small frozen dataclasses out."""
