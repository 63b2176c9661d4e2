"""A button that copies the page's address, in which everything stands that the person chose."""

from ui.widgets.component import component

_mount = component("copy_link")


def copy_link(told: str) -> None:
    """Show the button; told: what it says when the link is copied."""
    _mount(key="copy_link", data={"told": told})
