"""Simulated times are whole nanoseconds."""


def ns(count):
    return round(count)


def us(count):
    return round(count * 1_000)


def ms(count):
    return round(count * 1_000_000)


def seconds(count):
    return round(count * 1_000_000_000)


def text(nanoseconds):
    """As the other tools write a time since the beginning."""
    whole, fraction = divmod(nanoseconds, 1_000_000_000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{fraction:09}"
