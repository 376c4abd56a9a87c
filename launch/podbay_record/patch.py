"""Replaces functions of ROS."""


def wrap(owner, name):
    """Replaces `owner.name`; the new function gets the old one as its first argument."""
    def decorate(function):
        old = getattr(owner, name)
        setattr(owner, name, lambda *given, **named: function(old, *given, **named))
    return decorate
