"""Changes of an image that leave what it shows the same. One definition for pages, measurements and tests."""

from invariance.transforms.blur import DEFOCUS, MOTION
from invariance.transforms.illumination import CONTRAST, GAIN, GAMMA, GRADIENT, OFFSET
from invariance.transforms.jpeg import JPEG
from invariance.transforms.noise import NOISE, SALT_AND_PEPPER
from invariance.transforms.perspective import PERSPECTIVE
from invariance.transforms.pixelation import PIXELATION
from invariance.transforms.reflection import REFLECTION
from invariance.transforms.rotation import ROTATION
from invariance.transforms.scale import SCALE
from invariance.transforms.shear import SHEAR
from invariance.transforms.transform import Transform, TransformError
from invariance.transforms.translation import CIRCULAR, TRANSLATION

TRANSFORMS: dict[str, Transform] = {
    transform.name: transform
    for transform in (
        *(ROTATION, SCALE, TRANSLATION, CIRCULAR, REFLECTION, SHEAR, PERSPECTIVE),
        *(GAIN, OFFSET, GAMMA, GRADIENT, CONTRAST),
        *(DEFOCUS, MOTION, NOISE, SALT_AND_PEPPER, PIXELATION, JPEG),
    )
}

__all__ = ["TRANSFORMS", "Transform", "TransformError"]
