import pytest

from kstream_cli import TimeWindows, UnlimitedWindows


@pytest.mark.parametrize(
    "windows",
    [
        TimeWindows.of_size(10),
        TimeWindows.of_size(10).advance_by(5),
        TimeWindows.of_size(10).advance_by(3),
        TimeWindows.of_size(7).advance_by(1),
        UnlimitedWindows.of().start_on(8),
    ],
    ids=str,
)
def test_all_timestamps_said_to_have_the_same_starts_have_them(windows):
    for timestamp in range(60):
        starts, first, end = windows.same_starts(timestamp)
        assert first <= timestamp < end
        for other in range(first, min(end, 60)):
            assert tuple(windows.starts_for(other)) == starts
