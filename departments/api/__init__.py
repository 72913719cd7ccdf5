"""The API of this room, and what every endpoint of the API shares: who calls, what is read, how it says no."""
