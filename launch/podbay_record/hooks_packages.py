"""Packages and parameter files: makes their paths valid in a container."""

import os
import sys

import launch
import launch_ros
import launch_ros.actions.load_composable_nodes as loading
import launch_ros.substitutions.find_package

from .patch import wrap
from .values import Refused, plain


def hook_parameters(recorder, packages):
    node, file_of = launch_ros.actions.Node, launch_ros.parameter_descriptions.ParameterFile

    @wrap(node, "_create_params_file_from_dict")
    def written(old, action, values):
        path = old(action, values)
        recorder.parameter_files[path] = {"values": {name: plain(name, value) for name, value in values.items()}}
        return path

    @wrap(file_of, "evaluate")
    def file_evaluated(old, parameters, context):
        given = parameters.param_file
        name = launch.utilities.perform_substitutions(context, given) if isinstance(given, list) else str(given)
        packages.stand_in(name)
        path = old(parameters, context)
        if str(path) != name and str(path) not in recorder.parameter_files:
            with open(path, encoding="utf-8") as file:
                recorder.parameter_files[str(path)] = {"file": name, "content": packages.symbolic(file.read())}
        return path

    @wrap(launch_ros.actions.SetParametersFromFile, "execute")
    def file_set(old, action, context):
        packages.stand_in(launch.utilities.perform_substitutions(context, action._input_file))
        return old(action, context)

    @wrap(loading, "to_parameters_list")
    def listed(old, context, name, namespace, parameters):
        for file in parameters:
            if not isinstance(file, dict):
                packages.check(file)
        return old(context, name, namespace, parameters)


def hook_packages(packages):
    find = launch_ros.substitutions.find_package
    find.FindPackageShare.find = lambda _, name: packages.or_missing("share", name)
    find.FindPackagePrefix.find = lambda _, name: packages.or_missing("prefix", name)

    def executable(substitution, context):
        perform = launch.utilities.perform_substitutions
        package, name = (perform(context, given) for given in (substitution.package, substitution.executable))
        if not os.path.isabs(name) and ("/" in name or name in (".", "..")):
            raise Refused(f"the executable is '{name}', but ROS searches only lib/{package} of the package's prefix, "
                          "without its subfolders")
        return os.path.join(packages.or_missing("prefix", package), "lib", package, name)

    launch_ros.substitutions.ExecutableInPackage.perform = executable
    # The container has its own PATH.
    launch.substitutions.FindExecutable.perform = lambda found, context: launch.utilities.perform_substitutions(
        context, found.name)
    for module in [module for name, module in sys.modules.items() if name.startswith("ament_index_python")]:
        for name, function in (("get_package_share_directory", packages.share), ("get_package_prefix", packages.prefix)):
            if hasattr(module, name):
                setattr(module, name, function)

    @wrap(launch.LaunchDescriptionSource, "get_launch_description")
    def included(old, source, context):
        location = source._LaunchDescriptionSource__location
        if isinstance(location, list):
            packages.check(launch.utilities.perform_substitutions(context, location))
        found = old(source, context)
        if not isinstance(found, launch.LaunchDescription):
            raise Refused(f"generate_launch_description() of {source.location} returned {found!r} "
                          "instead of a LaunchDescription")
        return found
