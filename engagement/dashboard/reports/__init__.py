"""The reports: each file here is one page of figures, for one department or for all that a reader may see."""
