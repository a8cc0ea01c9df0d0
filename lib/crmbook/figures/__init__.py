"""What pictures, tables and controls are made of."""
