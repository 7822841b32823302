"""Times in whatever unit or spelling a log has them, as unix seconds."""

import polars as pl

from genrec.data.sources.columns import as_text

LAST = 4_102_444_800
"""2100-01-01: a later time is a unit or a key gone wrong."""

_UNITS = (
    # From this median on, what a whole number counts, and how many of it a second has. Each bound is the year
    # 1979 in the finer unit, so that the year 9999 in seconds is not taken for 1978 in milliseconds.
    (300_000_000_000_000_000, "nanoseconds", 1_000_000_000),
    (300_000_000_000_000, "microseconds", 1_000_000),
    (300_000_000_000, "milliseconds", 1_000),
)
_FORMATS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M",
    "%m %d, %Y %H:%M:%S",
)
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%m %d, %Y", "%Y.%m.%d")
_OFFSET = r"(?i)(?:z|utc|[+-]\d{2}:?\d{2})$"


def as_seconds(column: pl.Series) -> tuple[pl.Series, pl.Series, tuple[str, ...]]:
    """Unix seconds (null where there is no time), the reason a cell is none (null where it is), and notes."""
    notes: tuple[str, ...]
    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        seconds = column.cast(pl.Datetime("us")).dt.epoch("s")
        given, notes = column.is_not_null(), ("times without a zone are read as UTC",)
    elif column.dtype.is_numeric():
        seconds, notes = _scaled(
            column.cast(pl.Float64) if column.dtype.is_float() else column.cast(pl.Int64)
        )
        given = column.is_not_null()
    else:
        seconds, given, notes = _spelt(as_text(column))
    unreadable = given & seconds.is_null()
    outside = (seconds < 0) | (seconds >= LAST)
    reason = (
        pl.DataFrame({"unreadable": unreadable, "outside": outside.fill_null(False)})
        .select(
            pl.when("unreadable")
            .then(pl.lit("a time that cannot be read"))
            .when("outside")
            .then(pl.lit("a time outside 1970 to 2099"))
            .alias("reason")
        )
        .to_series()
    )
    return seconds.set(outside.fill_null(False), None), reason, notes


def _spelt(text: pl.Series) -> tuple[pl.Series, pl.Series, tuple[str, ...]]:
    given = (text.is_not_null() & (text != "")).fill_null(False)
    whole = text.cast(pl.Int64, strict=False)
    numbers = whole if whole.is_null().sum() == (~given).sum() else text.cast(pl.Float64, strict=False)
    seconds, notes = _scaled(numbers)
    words = given & numbers.is_null()
    if words.any():
        seconds = seconds.zip_with(~words, _parsed(text.set(~words, None)))
        notes = (*notes, "times without a zone are read as UTC")
    return seconds, given, notes


def _scaled(numbers: pl.Series) -> tuple[pl.Series, tuple[str, ...]]:
    """Numbers in the unit that the column's median tells."""
    median = numbers.drop_nans().median() if numbers.dtype.is_float() else numbers.median()
    middle = float(median) if isinstance(median, int | float) else 0.0
    if 19_700_101 <= middle <= 20_991_231:
        days = numbers.cast(pl.Int64, strict=False).cast(pl.String).str.to_date("%Y%m%d", strict=False)
        return days.cast(pl.Datetime("us")).dt.epoch("s"), ("times are read as days (YYYYMMDD)",)
    for bound, name, divisor in _UNITS:
        if middle >= bound:
            return _floored(numbers, divisor), (f"times are read as {name}",)
    return _floored(numbers, 1), ()


def _floored(numbers: pl.Series, divisor: int) -> pl.Series:
    seconds = numbers if divisor == 1 else numbers // divisor
    if not seconds.dtype.is_float():
        return seconds
    finite = seconds.is_finite().fill_null(False) & (seconds.abs() < 9e18).fill_null(False)
    return seconds.floor().set(~finite, None).cast(pl.Int64)


def _parsed(text: pl.Series) -> pl.Series:
    """Spelt times: ISO 8601 with or without a zone, and days."""
    bare = pl.col("text").str.replace(r"^(\S{8,10})[Tt](\d)", "$1 $2")
    local = bare.str.replace(r"(:\d{2}(?:[.]\d+)?)\s*" + _OFFSET, "$1")
    zone = bare.str.extract(r":\d{2}(?:[.]\d+)?\s*([+-]\d{2}:?\d{2})$").str.replace(":", "", literal=True)
    sign = pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    offset = sign * (
        zone.str.slice(1, 2).cast(pl.Int64) * 3600 + zone.str.slice(3, 2).cast(pl.Int64) * 60
    ).fill_null(0)
    times = [local.str.to_datetime(each, strict=False, time_unit="us") for each in _FORMATS]
    days = [bare.str.to_date(each, strict=False).cast(pl.Datetime("us")) for each in _DAYS]
    seconds = pl.coalesce(*times, *days).dt.epoch("s") - offset
    return text.to_frame("text").select(seconds.alias("seconds")).to_series()
