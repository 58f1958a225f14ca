"""Functions written as source."""
