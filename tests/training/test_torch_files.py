"""Files as PyTorch's own exporter writes them open from their folder and answer as the network does."""

import numpy as np
import onnx
import torch
from torch import nn

from invariance.inside.architecture import summary
from invariance.inside.values import Inside
from invariance.model import Model
from tests.tolerances import EXPORT


class Tutorial(nn.Module):
    """As in PyTorch's tutorial "Export a PyTorch model to ONNX", its rows laid out as the image before says."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.classes = nn.Sequential(nn.Linear(16 * 5 * 5, 120), nn.ReLU(), nn.Linear(120, 10))

    def forward(self, images):
        maps = self.features(images)
        return self.classes(maps.view(maps.size(0), -1))


def test_an_export_of_one_image_in_two_files_takes_any_number(tmp_path, monkeypatch):
    torch.manual_seed(0)
    network = Tutorial().eval()
    path = tmp_path / "tutorial.onnx"
    torch.onnx.export(network, (torch.rand(1, 1, 32, 32),), path, dynamo=True, external_data=True, verbose=False)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["tutorial.onnx", "tutorial.onnx.data"]
    first = onnx.load(path, load_external_data=False).graph.input[0].type.tensor_type.shape.dim[0]
    assert first.dim_value == 1
    monkeypatch.chdir(path.parent.parent)
    model = Model(path)
    images = np.random.default_rng(0).random((5, 1, 32, 32), np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(model.logits(images), expected, atol=EXPORT)
    assert (model.batch, model.notes) == (None, ())
    assert summary(Inside(model)).parameters == sum(each.numel() for each in network.parameters())
