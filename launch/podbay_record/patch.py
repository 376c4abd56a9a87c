"""Replaces functions of ROS."""


def wrap(owner, name):
    """Replaces `owner.name`; the new one gets the old one first."""
    def decorate(function):
        old = getattr(owner, name)
        setattr(owner, name, lambda *given, **named: function(old, *given, **named))
    return decorate
