"""Figure by figure: A. Krishnan, Translation invariance and CNN (2022). Its pictures have no numbers."""

from invariance.claims.source import Item

SLIDE = "convolution?convolution_view=Slide+it&slid_image=a+line%2C+7+%C3%97+8&slid_kernel=Vertical+edge%2C+2%C3%972"
NUMBERS = "convolution?convolution_view=As+numbers"
STAGES = "convolution?convolution_view=Detect%2C+isolate%2C+condense&what=Objects&source=Samples&sample=0"
MEASURED = "translation?see=On+test+images"
SAME, RIGHT, PAIR = (
    f"{MEASURED}&stays=Same+answers&what=",
    f"{MEASURED}&stays=Right+answers&what=Digits&edges=Black+comes+in",
    "translation?what=Digits&see=With+and+without+pooling",
)
MIRROR = "changes?what=Objects&change=Reflection"
GLOBAL = "pooling?pooling_view=Shift+it&pooled=circle"
PHOTO = "the photo is the author's"
CIRCLE = "pooling?pooling_view=Round+after+round&pooled=circle&pooled_radius=8"

ITEMS = (
    Item(
        "introduction",
        "Pooling is what makes the answer the same, however the image is shifted",
        f"{SAME}Digits",
        "how often are both answers the same",
    ),
    Item(
        "how a computer sees images, colour",
        "A colour pixel is three numbers of 8 bits: red, green, blue",
        f"{NUMBERS}&what=Objects",
        "A colour pixel is three numbers",
    ),
    Item(
        "how a computer sees images, grey",
        "A grey pixel is one number, from 0 to 255",
        f"{NUMBERS}&what=Digits",
        "A grey pixel is one number",
    ),
    Item(
        "picture 1: two different images",
        "An image and its mirror image: compared pixel by pixel, they are two images",
        MIRROR,
        "Reflection",
        "the photo is the author's",
    ),
    Item(
        "why convolutional neural network?",
        "Comparing pixel to pixel bears shifts worse than convolutions do",
        RIGHT,
        "A flat line survives shifts",
    ),
    Item(
        "picture 2: a filter slides",
        "A window slides over the image and gives weighted sums",
        SLIDE,
        "Press Step",
        "the drawing is of a lecture at Stanford",
    ),
    Item("mathematics behind convolution, stride", "By how many pixels the window moves on", SLIDE, "Stride"),
    Item("array 1: image", "7 × 8 numbers with a vertical line", SLIDE, "a line, 7"),
    Item("array 2: kernel", "2 × 2 numbers that find vertical edges", SLIDE, "Vertical edge, 2×2"),
    Item("picture 3: line and kernel", "The line and its kernel as pictures", SLIDE, "Vertical edge, 2×2"),
    Item("picture 4: convolved", "The line convolved, padding same", SLIDE, "Same"),
    Item(
        "picture 5: ReLU",
        "The convolved line, and after ReLU",
        STAGES,
        "What ReLU takes away",
        "the stages are shown of a picture, not of the line",
    ),
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
        GLOBAL,
        "Global average pooling",
    ),
    Item(
        "why pooling layers?",
        "Smaller maps, and features summarised instead of precisely placed",
        PAIR,
        "CNN without pooling",
    ),
    Item("picture 8: input", "A photo", STAGES, "in grey", PHOTO),
    Item("picture 9: patterns", "The photo convolved with a Sobel kernel", STAGES, "Detect: convolved", PHOTO),
    Item("picture 10: isolated", "After ReLU", STAGES, "Isolate: ReLU", PHOTO),
    Item("picture 11: intensified", "After max pooling", STAGES, "Condense: the largest", PHOTO),
    Item("picture 12: kernels", "Kernels that blur, sharpen, outline and emboss", SLIDE, "Emboss"),
)
