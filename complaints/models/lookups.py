"""Who tried to open a query with a code that is not its own."""

from django.db import models


class WrongLookup(models.Model):
    """One look-up by reference and tracking code: written before it is judged, removed when it was right. `client`
    is a keyed digest, so that no address is kept of who is anonymous."""

    client = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="wrong_lookup_by_time"),
            models.Index(fields=["client", "at"], name="wrong_lookup_by_client"),
        ]

    def __str__(self) -> str:
        return f"wrong look-up at {self.at:%Y-%m-%d %H:%M}"
