"""What several chapters compute with."""
