"""Our own components: each NAME.py with NAME.html, .css and .js beside it."""
