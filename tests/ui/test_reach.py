import pytest

from ui.reach import Reach, machine_address, reach

MACHINE = "192.168.0.17"


@pytest.mark.parametrize(
    ("url", "bound", "expected"),
    [
        ("https://lab.example:444/base/teach", "127.0.0.1", Reach("https://lab.example:444/base/", True)),
        ("https://lab.example/teach", None, Reach("https://lab.example/", True)),
        ("http://10.0.0.4:8501/teach", "0.0.0.0", Reach("http://10.0.0.4:8501/", True)),
        ("http://localhost:8501/teach", "127.0.0.1", Reach("http://192.168.0.17:8501/", False)),
        ("http://localhost:8501/teach", "localhost", Reach("http://192.168.0.17:8501/", False)),
        ("http://127.0.0.1:8501/teach", "0.0.0.0", Reach("http://192.168.0.17:8501/", True)),
        ("http://[::1]:8501/", None, Reach("http://192.168.0.17:8501/", True)),
        ("", "127.0.0.1", Reach("http://192.168.0.17/", False)),
    ],
)
def test_others_reach_the_app_where_this_person_does_or_at_the_machine_s_address(url, bound, expected):
    assert reach(url, bound, MACHINE) == expected


def test_the_machine_has_an_address():
    assert machine_address().count(".") == 3
