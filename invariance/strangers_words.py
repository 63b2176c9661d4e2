"""Words that strangers chose, shown as the letters that they are: names of files, titles, classes, layers, metadata."""

import unicodedata

KEPT = "\u200c\u200d"  # of what isn't seen: it joins the parts of an emoji, and parts letters of Persian
NOT_SEEN = ("Cc", "Cf", "Cs")  # of Unicode: control, format ("from here on right to left"), half a character


def letters(text: object) -> str:
    """A stranger's words in one line without what can't be seen, which shows as "�": as plain text, such as in a table.

    Of strangers are the names of files, titles, classes, layers, what metadata say, and messages that quote them.

    >>> letters("exe" + chr(0x202E) + "gpj")
    'exe�gpj'
    """
    line = " ".join(str(text).split())
    return "".join("�" if _hidden(character) else character for character in line)


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in NOT_SEEN and character not in KEPT
