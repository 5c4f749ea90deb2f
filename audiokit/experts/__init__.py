"""Train, judge and package the small models that come with audiokit."""
