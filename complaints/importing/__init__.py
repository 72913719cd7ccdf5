"""How real requests of other cities come in: each city's file is read by its own rules, and lives through our verbs.

moments: which instant a printed time means · channels: which kind a city's way in is · sources: the cities' columns
and what a row says · files: what can be read at all · founding: agencies as departments · rows: the requests' lives ·
tally: what became of them.
"""
