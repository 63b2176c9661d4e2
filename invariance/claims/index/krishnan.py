"""Figure by figure: A. Krishnan, Translation invariance and CNN (2022). Its pictures have no numbers."""

from invariance.claims.source import Item

STAGES = "Detect, isolate, condense"
PHOTO = "the photo is the author's"
CIRCLE = "pooling?pooling_view=Round+after+round&pooled=circle&pooled_radius=8"

ITEMS = (
    Item(
        "introduction",
        "Pooling is what makes the answer the same, however the image is shifted",
        "translation?see=On+test+images&what=Digits",
        "How many answers stay the same?",
    ),
    Item(
        "how a computer sees images, colour",
        "A colour pixel is three numbers of 8 bits: red, green, blue",
        "convolution?what=Objects",
        "A colour pixel is three numbers",
    ),
    Item(
        "how a computer sees images, grey",
        "A grey pixel is one number, from 0 to 255",
        "convolution?what=Digits",
        "A grey pixel is one number",
    ),
    Item(
        "picture 1: two different images",
        "An image and its mirror image: compared pixel by pixel, they are two images",
        "changes?what=Objects&change=Reflection",
        "Reflection",
        "the photo is the author's",
    ),
    Item(
        "why convolutional neural network?",
        "Comparing pixel to pixel bears shifts worse than convolutions do",
        "translation?see=On+test+images&what=Digits&edges=Black+comes+in",
        "How many answers stay right?",
    ),
    Item(
        "picture 2: a filter slides",
        "A window slides over the image and gives weighted sums",
        "convolution",
        "Press Step",
        "the drawing is of a lecture at Stanford",
    ),
    Item("mathematics behind convolution, stride", "By how many pixels the window moves on", "convolution", "Stride"),
    Item("array 1: image", "7 × 8 numbers with a vertical line", "convolution", "a line, 7"),
    Item("array 2: kernel", "2 × 2 numbers that find vertical lines", "convolution", "Vertical edge, 2×2"),
    Item("picture 3: line and kernel", "The line and its kernel as pictures", "convolution", "Vertical edge, 2×2"),
    Item("picture 4: convolved", "The line convolved, padding same", "convolution", "Same"),
    Item("picture 5: ReLU", "The convolved line, and after ReLU", "convolution", "ReLU"),
    Item(
        "array 3: circle",
        "A circle of radius 8 on 64 × 64 pixels",
        CIRCLE,
        "64 × 64, as it is",
    ),
    Item(
        "picture 6: max pooling", "The circle after 1 to 4 rounds of max pooling", CIRCLE, "Max pooling, round 4: 4 × 4"
    ),
    Item(
        "picture 7: average pooling",
        "The circle after 1 to 4 rounds of average pooling",
        CIRCLE,
        "Average pooling, round 4: 4 × 4",
    ),
    Item(
        "global pooling",
        "One number of a whole map",
        "pooling?pooling_view=Shift+it&pooled=circle",
        "Global average pooling",
    ),
    Item(
        "why pooling layers?",
        "Smaller maps, and features summarised instead of precisely placed",
        "translation?see=On+test+images&what=Digits",
        "How many answers stay the same?",
    ),
    Item("picture 8: input", "A photo", "convolution", STAGES, PHOTO),
    Item("picture 9: patterns", "The photo convolved with a Sobel kernel", "convolution", "Detect: convolved", PHOTO),
    Item("picture 10: isolated", "After ReLU", "convolution", "Isolate: ReLU", PHOTO),
    Item("picture 11: intensified", "After max pooling", "convolution", "Condense: the largest", PHOTO),
    Item("picture 12: kernels", "Kernels that blur, sharpen, outline and emboss", "convolution", "Emboss"),
)
