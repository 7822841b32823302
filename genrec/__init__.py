"""genrec: grounded, explained recommendations."""
