"""The officials' pages: queues, one query with all that may be done to it, taking down what is said, notices."""
