"""podbay's recorder: see __main__.py."""
