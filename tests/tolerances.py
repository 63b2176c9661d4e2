"""How near is equal, and why."""

FLOAT = 1e-6  # float32 numbers near 1, a few operations
RECORDED = 5e-6  # as a share: records keep six digits
EXPORT = 1e-4  # logits: sums of thousands of products, added in another order
RESAMPLED = 0.12  # mean absolute difference of pixels: the same drawing resampled from two sizes
INTERPOLATED = 0.03  # of a smooth image, after two bilinear interpolations
GRADIENT = 1e-6  # float64: formulas, automatic and central differences of one gradient
