"""Linear and shift-invariant? A test bench for operators, with counterexamples to check by hand."""

import streamlit as st

from ui.lessons import flattening
from ui.lessons.impulse import impulse, matrices
from ui.lessons.laws import choose, examples, laws, table

st.title("Is it linear? Does it follow shifts?")
st.markdown(
    "Choose an operator: every law is put to the test, and where one fails you get the smallest image to check by hand."
)
subject = choose()
if subject is not None:
    laws(subject)

    st.header("Where a law fails")
    examples(subject)

    st.header("What one impulse tells")
    impulse(subject)
    st.markdown(
        "**Why a linear shift-invariant system is a convolution.** An image is a sum of impulses, shifted to each "
        r"pixel and weighted by it: $x = \sum_k x[k]\, T_k \delta$. Send in one impulse, and out comes the kernel:"
    )
    st.latex(
        r"\begin{aligned} L(x) &= \textstyle\sum_k L(x[k]\, T_k \delta) && \text{additive} \\"
        r"&= \textstyle\sum_k x[k]\, L(T_k \delta) && \text{homogeneous} \\"
        r"&= \textstyle\sum_k x[k]\, T_k L(\delta) && \text{shift-equivariant} \\"
        r"&= x * h, \quad h = L(\delta) && \text{convolution} \end{aligned}"
    )

st.header("Every operator, every law")
table()

st.header("Which matrices follow shifts?")
st.markdown(
    "A fully connected layer is a matrix, and so is a convolution around the edges. What sets it apart: each number "
    "depends only on how far the output's pixel lies from the input's."
)
matrices()

flattening.section()

with st.expander("How it works"):
    st.markdown(
        r"""
**The laws.** $L$ is *linear* if it is additive and homogeneous, $L(x + y) = L(x) + L(y)$ and
$L(\lambda x) = \lambda L(x)$, and *shift-equivariant* if $L(Tx) = T L(x)$ for every circular shift $T$. The source
calls that shift-invariant, as signal processing does; strictly, *invariant* is $L(Tx) = L(x)$. An *affine* map is a
linear one and a constant, so that it treats differences linearly: a bias makes that of a convolution.

**What T does to the output** depends on where its places lie. Pixel by pixel, it is the same shift. After a stride of
$s$, a shift by $d$ pixels is one by $d/s$ places: if that isn't whole, rounding down and rounding up both count. An
output of one place can't be moved: the law then asks that it stays. For a row, made by flattening, $T$ moves the row by
as many places as the first pixel goes.

**The counterexamples** are searched for, not typed in: all images of whole numbers, those with the fewest pixels first,
then those with the fewest that are not 0, then the smallest numbers.

**Fully connected.** The source adds a vector $a$ to the image and finds $W(x + a) = Wx + Wa$. That is additivity, which
every matrix obeys; it moves nothing. Nor does the output scale by another factor than the image, as the source says:
every matrix is homogeneous. A shift is a matrix $S$ that exchanges pixels, and $W$ follows it if $WS = SW$. For all
shifts, that is $W_{i+d,\,j+d} = W_{i,j}$: one free number for each distance $i - j$. Such a matrix is called circulant,
and it is the convolution with its first column.

**Where the source's proof slips.** Its last step sets $h[(j+m)-k] = h[j-k]$, which would make every $h$ constant. What
is true, and all that is needed, is that the response to a shifted impulse is the shifted response.

*Sources:* A. Halbreich, Neural networks for images, exercise 1, theoretical questions 1 to 3; R. Gray, Toeplitz and
circulant matrices: a review (2006), for the last part.
"""
    )
