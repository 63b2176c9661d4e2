"""python -m invariance: see invariance.cli."""

from invariance.cli import main

if __name__ == "__main__":
    main()
