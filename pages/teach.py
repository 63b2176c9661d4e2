"""A tour for a class."""

from ui.frame import head

head("What will your class see?", "Six steps through the pages.")
