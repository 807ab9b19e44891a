"""What the child-voice study tells in words."""

OURS_NAME = "our nets"
BASELINE_NAME = "nets of the research"
NOTES = """
## Notes
"""
SEEN = """
"""
UNKNOWN = """
## What is not known
"""
