"""A button that copies the page's address, in which everything stands that the person chose."""

from ui.widgets.component import component

_mount = component("copy_link")


def copy_link() -> None:
    """Show the button."""
    _mount(key="copy_link")
