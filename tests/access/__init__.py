"""Who gets which answer: the matrix of all routes, the two worlds, and what no source may do."""
