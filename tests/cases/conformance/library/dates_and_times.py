"""`datetime`: arithmetic, time zones, parsing, formatting, comparison; nothing of now."""

from datetime import UTC, date, datetime, time, timedelta, timezone


def run() -> str:
    start = datetime(2024, 2, 28, 23, 30, tzinfo=UTC)
    east = timezone(timedelta(hours=5, minutes=30), "IST")
    lines = [f"{start + timedelta(hours=1)} {start.astimezone(east)} {start.isoformat()}"]
    lines.append(
        f"{start == start.astimezone(east)} {start.astimezone(east).tzname()} {start.timestamp()}"
    )
    lines.append(
        f"{datetime.fromtimestamp(10**9, UTC)} {datetime.fromisoformat('2020-01-02T03:04+02:00')}"
    )
    span = datetime(2024, 3, 1) - datetime(2023, 12, 25, 12)
    lines.append(f"{span} {span.days} {span.total_seconds()} {-span}")
    lines.append(f"{timedelta(days=1) / timedelta(hours=5)} {timedelta(seconds=-1)!r}")
    lines.append(
        f"{date(2024, 2, 29).replace(year=2023, day=1)} {date(2024, 12, 30).isocalendar()}"
    )
    lines.append(f"{start:%A %d %B %Y %H:%M:%S.%f %j %p} {time(7, 5):%I:%M %p}")
    lines.append(str(datetime.strptime("05/11/99 16:20", "%d/%m/%y %H:%M")))
    lines.append(str(sorted([date(2020, 5, 1), date(2019, 12, 31), date(2020, 1, 1)])[0]))
    try:
        lines.append(str(start < datetime(2024, 1, 1)))
    except TypeError as error:
        lines.append(str(error))
    return "\n".join(lines)
