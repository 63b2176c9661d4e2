"""Changes of an image that leave what it shows the same. One definition for pages, measurements and tests."""

from invariance.transforms.illumination import GAIN, GAMMA, GRADIENT, OFFSET
from invariance.transforms.reflection import REFLECTION
from invariance.transforms.rotation import ROTATION
from invariance.transforms.scale import SCALE
from invariance.transforms.transform import Transform, TransformError
from invariance.transforms.translation import CIRCULAR, TRANSLATION

TRANSFORMS: dict[str, Transform] = {
    transform.name: transform
    for transform in (ROTATION, SCALE, TRANSLATION, CIRCULAR, REFLECTION, GAIN, OFFSET, GAMMA, GRADIENT)
}

__all__ = ["TRANSFORMS", "Transform", "TransformError"]
