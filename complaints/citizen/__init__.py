"""The citizen's pages: to file a query, and to follow it."""
