"""A drawn face that speaks: no photograph, no recording, nobody's likeness; made by the code in this room alone."""
