"""The three stages of a cascade, one per file."""
