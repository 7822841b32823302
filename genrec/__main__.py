"""`python -m genrec` is `genrec`."""

from genrec.cli import main

main()
