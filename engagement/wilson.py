"""How sure a share is: the Wilson score interval, the same for every share that we print."""

from math import sqrt

# The 97.5 % point of the normal distribution, as measurement 2.3 writes it.
Z = 1.959964


def wilson(successes: float, trials: float) -> tuple[float, float]:
    """Return the 95-percent interval (lower, upper) of the propensity behind `successes` of `trials`.

    Source: measurement 2.3, after E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22 (1927), 209-212. Always within 0 to 1 and around
    the plain share, also when that is 0 or 1; without a trial nothing is known, so it is (0, 1). Counts of weighted
    answers (engagement/weighting.py) need not be whole.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no share: give 0 <= successes <= trials.")
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    spread = Z * Z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    # None and all are exact bounds; rounding would leave the last bit beside them.
    lower = 0.0 if successes == 0 else centre - half
    upper = 1.0 if successes == trials else centre + half
    return lower, upper
