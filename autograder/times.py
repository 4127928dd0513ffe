"""Times as people and platforms write them, and as a gradebook keeps them: in UTC, without saying so."""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,6})?)?) ?(\S*)")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


def read_time(text, zone="UTC"):
    """A time such as "2026-03-09 23:59 Europe/Berlin" in UTC, as a datetime without a zone.

    `zone` is for a time that names none.

    Raises ValueError with a sentence for anything that is no whole date and time, or names a zone that isn't known:
    a wrong guess would cost a student points.
    """
    text = text.strip()
    if not (found := _TIME.fullmatch(text)):
        raise ValueError(f"{text[:60]!r} is no time such as 2026-03-09 23:59 Europe/Berlin")
    day, clock, named = found.groups()
    try:
        local = datetime.fromisoformat(f"{day} {clock.replace(',', '.')}")
    except ValueError:
        raise ValueError(f"{text[:60]!r} is no time: there is no such day or hour") from None
    return local.replace(tzinfo=read_zone(named or zone)).astimezone(UTC).replace(tzinfo=None)


def read_zone(name):
    """A time zone by its name or offset. Raises ValueError for an unknown one."""
    if name.upper() in ("UTC", "Z"):
        return UTC
    if found := _OFFSET.fullmatch(name):
        sign, hours, minutes = found.groups()
        return timezone(timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1))
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"there is no time zone {name[:40]!r}; use a name such as Europe/Berlin, or +01:00") from None


def show_time(time, zone="UTC"):
    """A gradebook's time for people, in a zone that is named."""
    return f"{time.replace(tzinfo=UTC).astimezone(read_zone(zone)):%Y-%m-%d %H:%M} {zone}"


def show_span(seconds):
    """A span of time in words: at most days, hours and minutes; seconds only below a minute."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{days} day{'s' * (days != 1)}"] * (days > 0) + [f"{hours} h"] * (hours > 0)
    return " ".join(parts + [f"{minutes} min"] * (minutes > 0))
