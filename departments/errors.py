"""How a verb says no: an exception whose text is a sentence for the person who asked."""


class Refused(Exception):
    """A change that the rules do not allow. The sentence says what is wrong and, where possible, what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = str(sentence)


class NotAllowed(Refused):
    """The person lacks the power for this, here and now."""


class NotReady(Refused):
    """Something that must come first is missing; the sentence names it."""


class Stale(Refused):
    """Somebody else was faster: what the person saw is no longer so."""


class Invalid(Refused):
    """What was given cannot be right. `field` names the input that is meant, empty for the whole."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
