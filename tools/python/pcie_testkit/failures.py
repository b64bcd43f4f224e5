"""How a plan ends that does not come to its end."""


class ExpectationFailed(AssertionError):
    """The device does otherwise: what was expected, and step, time and the last transactions."""


class NotApplicable(Exception):
    """The device has not what the plan is about."""
