"""What a person says in a dialogue, understood in the words of the catalogue, and answered from it alone."""
