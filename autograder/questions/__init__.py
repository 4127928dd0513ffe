"""The questions: one file each, in a folder per topic."""
