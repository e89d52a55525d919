"""Calendars: leap years, days between dates, weekdays, Easter, compared with `datetime`."""

from datetime import date, timedelta

DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def day_number(year: int, month: int, day: int) -> int:
    before = sum(DAYS[: month - 1]) + (month > 2 and is_leap(year))
    years = year - 1
    return years * 365 + years // 4 - years // 100 + years // 400 + before + day


def easter(year: int) -> tuple[int, int]:
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    w = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * w) // 451
    month, day = divmod(h + w - 7 * m + 114, 31)
    return month, day + 1


def run() -> str:
    dates = [(1, 1, 1), (1900, 3, 1), (2000, 2, 29), (2024, 12, 31), (9999, 12, 31)]
    lines = [str([day_number(*parts) == date(*parts).toordinal() for parts in dates])]
    lines.append("".join("MTWTFSS"[(day_number(*parts) - 1) % 7] for parts in dates))
    lines.append(str([year for year in range(1890, 2105) if is_leap(year) and year % 20 == 0]))
    lines.append(str([easter(year) for year in (1961, 2000, 2024, 2038)]))
    start = date(2024, 2, 28)
    lines.append(" ".join((start + timedelta(days=n)).isoformat() for n in (0, 1, 2, 366)))
    lines.append(
        f"{date(2024, 3, 1) - date(2023, 3, 1)} {date.fromisoformat('2020-02-29'):%d/%m/%y}"
    )
    try:
        date(2023, 2, 29)
    except ValueError as error:
        lines.append(str(error))
    return "\n".join(lines)
