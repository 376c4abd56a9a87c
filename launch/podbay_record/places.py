"""Places of actions."""

import asyncio
import os
import selectors
import sys
import traceback
import xml.parsers.expat

import launch
import launch_ros
import yaml


class Places:
    """File and line of actions: for Python from the call, for XML and YAML by parsing the file again."""

    def __init__(self):
        self.lines, self.kept, self.current = {}, [], ("", 0)
        folders = [module.__file__ for module in (launch, launch_ros, asyncio, selectors)]
        self.foreign = tuple(os.path.dirname(file) + "/" for file in [*folders, __file__])

    def is_own(self, file):
        return not (file.startswith(self.foreign) or file.startswith("<") 
                    or "/site-packages/" in file or "/dist-packages/" in file)

    def of_caller(self):
        frame = sys._getframe(2)
        while frame:
            if self.is_own(frame.f_code.co_filename):
                return frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back
        return None

    def of_traceback(self, error):
        own = [frame for frame in traceback.extract_tb(error.__traceback__) if self.is_own(frame.filename)]
        return (own[-1].filename, own[-1].lineno) if own else None

    def of_entity(self, entity):
        return next((self.lines[id(value)] for value in vars(entity).values() if id(value) in self.lines), None)

    def read_xml(self, root, text, name):
        lines, parser = [], xml.parsers.expat.ParserCreate()
        parser.StartElementHandler = lambda *_: lines.append(parser.CurrentLineNumber)
        parser.Parse(text, True)
        self.kept.append(root)
        self.lines.update((id(element), (name, line)) for element, line in zip(root.iter(), lines))

    def yaml_loader(self, name):
        places = self

        class Loader(yaml.SafeLoader):
            def construct_yaml_map(self, node):
                """The place of an action is that of its key, the place of a list item that of its first key."""
                data = {}
                places.kept.append(data)
                places.lines[id(data)] = (name, node.start_mark.line + 1)
                yield data
                data.update(self.construct_mapping(node))
                for key, _ in node.value:
                    value = data.get(key.value)
                    if isinstance(value, (dict, list)):
                        places.kept.append(value)
                        places.lines[id(value)] = (name, key.start_mark.line + 1)

        Loader.add_constructor("tag:yaml.org,2002:map", Loader.construct_yaml_map)
        return Loader
