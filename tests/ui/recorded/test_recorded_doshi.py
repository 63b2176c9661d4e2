"""What the page Training says of Doshi's trainings, over the seeds and without dropout."""

from invariance import UserError
from invariance.claims import CLAIMS, doshi_network
from tests.claims.test_doshi import POORER, SEEDS, trained
from tests.conftest import texts
from tests.pages.conftest import opened

TRAINING = "training.py"


def test_what_several_seeds_say_is_shown_once_there_are_several(monkeypatch):
    monkeypatch.setattr(doshi_network, "histories", list)
    assert "Over several seeds" not in texts(opened(TRAINING, learned="doshi", what="mnist"))
    monkeypatch.setattr(doshi_network, "histories", lambda: trained(SEEDS))
    monkeypatch.setattr(doshi_network, "without_dropout", lambda: trained(POORER))
    app = opened(TRAINING, learned="doshi", what="mnist")
    assert not app.exception
    for name in ("plateau", "overfitting", "dropout"):
        assert CLAIMS[f"doshi-{name}"].beside() in texts(app)


def test_a_damaged_experiment_is_named_and_the_page_stays(monkeypatch):
    def damaged():
        raise UserError("mnist-cnn-without-dropout.json is damaged")

    monkeypatch.setattr(doshi_network, "histories", lambda: trained(SEEDS))
    monkeypatch.setattr(doshi_network, "without_dropout", damaged)
    app = opened(TRAINING, learned="doshi", what="mnist")
    assert not app.exception
    assert any("is damaged" in warning.value for warning in app.warning)
