"""A lived-in history for a first look: the nine departments, a year of queries played by the verbs, and a million
more cloned from them. Nothing here runs in production (complaints/management/commands/demo.py refuses)."""
