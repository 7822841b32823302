"""`genrec serve`: the one public door in front of a workspace and, maybe, a model server."""
