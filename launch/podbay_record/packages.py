"""Packages on this machine, and the paths into them that are valid in a container."""

import os
import re
import tempfile

import ament_index_python.packages as ament

from .values import Refused


def find_in_package(package, name):
    """All files of that name in the share folder of a package."""
    try:
        share = ament.get_package_share_directory(package)
    except (ament.PackageNotFoundError, ValueError):
        return []
    return sorted(os.path.join(folder, name) for folder, _, names in os.walk(share) if name in names)


class Packages:
    """Packages on this machine, and the conversion from a path to `$(find-pkg-share PACKAGE)`.

    A prefix holds many packages, so `$(find-pkg-prefix p)` is a link `<scratch>/prefix/p`; a package that is not here
    is `<scratch>/missing/share/p`, where nothing can be read but which can be passed on.
    """

    def __init__(self):
        self.scratch = tempfile.mkdtemp(prefix="podbay-record-")
        self.find_prefix = ament.get_package_prefix
        prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
        prefixes = {form.rstrip("/") for prefix in prefixes if prefix for form in (prefix, os.path.realpath(prefix))}
        shares = "|".join(re.escape(prefix) for prefix in sorted(prefixes, key=len, reverse=True))
        self.installed = re.compile(rf"(?:{shares})/share/(\w[\w-]*)(?![\w.-])") if prefixes else None
        self.linked = re.compile(rf"{re.escape(self.scratch)}/(?:missing/)?(share|prefix)/(\w[\w-]*)")

    def symbolic(self, text):
        text = self.linked.sub(r"$(find-pkg-\1 \2)", text)
        return self.installed.sub(self._share, text) if self.installed else text

    def _share(self, match):
        try:
            self.find_prefix(match[1])
            return f"$(find-pkg-share {match[1]})"
        except Exception:
            return match[0]

    def is_symbolic(self, path):
        return "$(find-pkg-" in self.symbolic(str(path))

    def share(self, package, print_warning=False):
        return os.path.join(self.find_prefix(package), "share", package)

    def prefix(self, package):
        link = os.path.join(self.scratch, "prefix", package)
        if not os.path.lexists(link):
            target = self.find_prefix(package)
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(target, link)
        return link

    def or_missing(self, kind, package):
        """For substitutions: a package that is not installed here is left to the container."""
        try:
            return getattr(self, kind)(package)
        except (ament.PackageNotFoundError, ValueError) as error:  # ValueError for a name of one letter
            if not re.fullmatch(r"[A-Za-z0-9][\w-]*", package, re.ASCII):
                raise Refused(f"'{package}' is not a valid package name") from error
            return os.path.join(self.scratch, "missing", kind, package)

    def stand_in(self, path):
        """An empty file in place of one of a missing package, so that ROS accepts its path."""
        path = str(path)
        if path.startswith(self.scratch + "/missing/") and not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "w", encoding="utf-8").close()

    def check(self, path):
        if str(path).startswith(self.scratch + "/missing/"):
            package = self.linked.match(str(path))[2]
            raise Refused(f"package '{package}' not found on this machine, but its file {self.symbolic(str(path))} is "
                          f"needed for the evaluation; searched {os.environ.get('AMENT_PREFIX_PATH') or 'nothing: no ROS is sourced'}")
