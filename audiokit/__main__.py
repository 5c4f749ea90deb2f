"""``python -m audiokit`` is the command line."""

from audiokit.cli.main import main

if __name__ == "__main__":
    main()
