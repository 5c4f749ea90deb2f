"""The command line: ``audiokit report``, ``audiokit info``, ``audiokit notebooks``."""
