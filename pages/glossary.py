"""The field's words, each in one plain sentence."""

import streamlit as st

from ui.frame import head
from ui.glossary import TERMS

head(
    "What does that word mean?",
    "The field's words, as they are used here. On the other pages a dotted line is under them: point at one, go to it "
    "with Tab, or tap it.",
)
names = sorted(TERMS, key=str.lower)
half = -(-len(names) // 2)
for column, part in zip(st.columns(2, gap="large"), (names[:half], names[half:]), strict=True):
    for name in part:
        others = [form for form in TERMS[name].forms if " " in form]
        column.markdown(f"**{', '.join([name, *others])}**  \n{TERMS[name].meaning}")
