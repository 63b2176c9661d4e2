import pytest

from invariance.measures import share_of
from ui.recorded.with_pooling import compared


@pytest.mark.parametrize(
    ("pooled", "unpooled", "found"),
    [
        (558, 447, "Pooling makes answers steadier here, but not steady: shifted"),
        (999, 900, "Pooling makes answers steadier here: shifted"),
        (447, 558, "Pooling makes answers less steady here: shifted"),
        (500, 510, "Pooling makes no difference here that 1,000 images could show: shifted"),
        (510, 500, "Pooling makes no difference here that 1,000 images could show: shifted"),
    ],
)
def test_the_verdict_is_what_the_intervals_tell(pooled, unpooled, found):
    said = compared("A", "B", *(share_of(count, 1000)._asdict() for count in (pooled, unpooled)))
    assert said.startswith(found)
    assert f"{pooled / 10:.1f} % of test images get the same answer both times from A" in said
    assert f"{unpooled / 10:.1f} % from B." in said
