"""How a recipient is named in a log, a list or a provider's error: to tell two apart, not to reach one."""


def masked(recipient: str) -> str:
    """`amina@example.pk` becomes `a***@example.pk`; anything else keeps only its last two characters."""
    local, at_sign, domain = recipient.rpartition("@")
    if at_sign and local:
        return f"{local[0]}***@{domain}"
    return f"***{recipient[-2:]}" if len(recipient) > 4 else "***"


def without(recipient: str, text: str) -> str:
    """`text` with the recipient masked in it: servers like to repeat the address in their refusals."""
    return text.replace(recipient, masked(recipient)) if recipient else text
