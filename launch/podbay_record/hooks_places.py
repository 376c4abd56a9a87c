"""Tracks the place of every action, and the current action."""

import sys

import launch
import launch.frontend.expose
import launch_ros
import launch_ros.descriptions
import yaml

from .patch import wrap
from .values import Refused

MAX_ACTIONS = 100_000


def hook_places(recorder, places):
    @wrap(launch.Action, "__init__")
    def created(old, action, **named):
        old(action, **named)
        action.podbay_place = places.of_caller()

    @wrap(launch.Action, "visit")
    def visited(old, action, context):
        recorder.actions += 1
        if recorder.actions > MAX_ACTIONS:
            raise Refused(f"more than {MAX_ACTIONS} actions run")
        place = getattr(action, "podbay_place", None)
        places.current = place or places.current
        try:
            return old(action, context)
        except BaseException as error:
            if place and not hasattr(error, "podbay_action"):
                error.podbay_action = place
            raise

    def visiting(old, entity, context):
        is_group = isinstance(entity, launch.actions.GroupAction)
        recorder.groups += [entity] * is_group
        try:
            return old(entity, context)
        finally:
            del recorder.groups[len(recorder.groups) - is_group:]

    for module in ("launch.launch_service", "launch.utilities.visit_all_entities_and_collect_futures_impl"):
        wrap(sys.modules[module], "visit_all_entities_and_collect_futures")(visiting)

    @wrap(launch.actions.GroupAction, "execute")
    def grouped(old, group, context):
        name = "{}:{}".format(*places.current)
        runs = recorder.group_runs[name] = recorder.group_runs.get(name, 0) + 1
        group.podbay_group = name if runs == 1 else f"{name}#{runs}"
        return old(group, context)

    def parsed(entity, build):
        try:
            return build()
        except BaseException as error:
            place = places.of_entity(entity)
            if place and not hasattr(error, "podbay_entity"):
                error.podbay_entity = place
            raise

    @wrap(launch.frontend.parser, "instantiate_action")
    def instantiated(old, entity, parser):
        action = parsed(entity, lambda: old(entity, parser))
        action.podbay_place = places.of_entity(entity)
        return action

    @wrap(launch_ros.descriptions.ComposableNode, "parse")
    def described(old, parser, entity):
        cls, named = parsed(entity, lambda: old(parser, entity))
        places.component = places.of_entity(entity)
        return cls, named

    @wrap(launch_ros.descriptions.ComposableNode, "__init__")
    def component_created(old, component, **named):
        old(component, **named)
        component.podbay_place = places.__dict__.pop("component", None) or places.of_caller()

    hook_markup(places)


def hook_markup(places):
    def named(file):
        return str(getattr(file, "name", file))

    launch.frontend.Parser.load_parser_implementations()
    parsers = {parser.__module__: parser for parser in launch.frontend.Parser.frontend_parsers.values()}
    xml_parser, yaml_parser = parsers.get("launch_xml.parser"), parsers.get("launch_yaml.parser")

    def load_xml(old, file):
        try:
            entity, parser = old(file)
        except SyntaxError as error:  # xml.etree's ParseError is one
            error.podbay_entity = (named(file), error.position[0])
            raise
        file.seek(0)
        places.read_xml(entity._Entity__xml_element, file.read(), named(file))
        return entity, parser

    def load_yaml(old, file):
        module = sys.modules["launch_yaml.parser"]
        safe_load, loader = module.yaml.safe_load, places.yaml_loader(named(file))
        try:
            module.yaml.safe_load = lambda stream: yaml.load(stream, loader)
            return old(file)
        except yaml.MarkedYAMLError as error:
            error.podbay_entity = (named(file), error.problem_mark.line + 1 if error.problem_mark else 0)
            raise
        finally:
            module.yaml.safe_load = safe_load

    for parser, load in ((xml_parser, load_xml), (yaml_parser, load_yaml)):
        if parser is not None:
            wrap(parser, "load")(load)
