"""What a citizen is given: a short reference with a check digit that opens nothing, and a secret tracking code."""

import hashlib
import hmac

# No 0/O, 1/I/L: 31 letters, so that 13 of them are 64 bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 13
PROOF_LENGTH = 8

# Damm's totally anti-symmetric quasigroup of order 10 (H. M. Damm, 2004): finds every single wrong digit and every
# swap of neighbours, the two mistakes people make when they read a number aloud.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
# Persian and Arabic digits, as Urdu keyboards type them.
_TO_ASCII_DIGITS = {ord(c): str(i % 10) for i, c in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")}


def _check(digits: str) -> str:
    state = 0
    for digit in digits:
        state = _DAMM[state][int(digit)]
    return str(state)


def reference_from(number: int) -> str:
    """Return the reference (11 digits, grouped 3-4-4) for `number` below 10**10; the last digit is the check."""
    digits = f"{number:010}"
    whole = digits + _check(digits)
    return f"{whole[:3]}-{whole[3:7]}-{whole[7:]}"


def reference_of(key: str, seed: str, draw: int) -> str:
    """Return the reference that belongs to a submission's random `seed`; `draw` counts up where it is taken already.
    Never a running number, so that a restore from backup does not give the same one out twice."""
    digest = hmac.new(key.encode(), f"reference:{draw}:{seed}".encode(), hashlib.sha256).digest()
    return reference_from(int.from_bytes(digest, "big") % 10**10)


def read_reference(spoken: str) -> str | None:
    """Return the reference in its written form, or None when the check digit shows a mistake."""
    digits = "".join(c for c in spoken.translate(_TO_ASCII_DIGITS) if c in "0123456789")
    if len(digits) != 11 or _check(digits[:10]) != digits[10]:
        return None
    return reference_from(int(digits[:10]))


def tracking_code(key: str, seed: str) -> str:
    """Return the tracking code that belongs to `seed`: the same submission token gives the same code again, so a
    retry can be answered although only an HMAC is stored. `key` is the installation's secret."""
    code = _spelled(key, f"code:{seed}", CODE_LENGTH)
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def address_proof(key: str, kind: str, address: str) -> str:
    """Return the word that only the message to an address tells: whoever names it reads what is sent there. It opens
    nothing, and 31^8 of them are enough behind the tracking code, whose look-up is limited."""
    word = _spelled(key, f"address:{kind}:{address.lower()}", PROOF_LENGTH)
    return f"{word[:4]}-{word[4:]}"


def is_address_proof(key: str, kind: str, address: str, spoken: str) -> bool:
    """Whether `spoken` is the word for the address; case, spaces and dashes do not matter."""
    return hmac.compare_digest(_plain(address_proof(key, kind, address)), _plain(spoken))


def sealed_token(key: str, name: str) -> str:
    """Return a submission token that always belongs to `name`, and that nobody without the key can write down: with a
    token comes the code."""
    return f"{name}:{hmac.new(key.encode(), f'token:{name}'.encode(), hashlib.sha256).hexdigest()[:32]}"


def _spelled(key: str, text: str, length: int) -> str:
    number = int.from_bytes(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest(), "big")
    letters = []
    for _ in range(length):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


def _plain(code: str) -> str:
    return "".join(c for c in code.upper() if c in ALPHABET)


def code_hmac(key: str, code: str) -> str:
    """Return what is stored of a tracking code; case, spaces and dashes do not matter."""
    return hmac.new(key.encode(), b"track:" + _plain(code).encode(), hashlib.sha256).hexdigest()
