"""The field's words."""

from ui.frame import head

head("What does that word mean?", "The words of the field, in one plain sentence each.")
