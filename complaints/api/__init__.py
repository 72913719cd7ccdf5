"""The API of complaints: officials list, read, file and move them; a citizen follows one by reference and code."""
