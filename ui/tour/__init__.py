"""The tour through the pages: its steps, and the bar that shows them."""
