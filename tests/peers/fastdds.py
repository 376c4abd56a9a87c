"""A ROS participant over Fast DDS: fastdds.cpp carries the bytes, this side encodes and decodes them."""

import os
import pathlib
import subprocess

CACHE = pathlib.Path(os.environ.get("PODBAY_CACHE", pathlib.Path.home() / ".cache/podbay"))


def encode(value):
    """CDR, little endian, as one line of hex."""
    return value.serialize(use_version_2=False).hex() + "\n"


class Participant:
    """Each operation is one process, hence one fresh DDS participant."""

    def __init__(self, domain):
        self.environment = os.environ | {"ROS_DOMAIN_ID": str(domain)}

    def run(self, *arguments, given=""):
        """Runs fastdds and yields its lines as they come."""
        command = [str(CACHE / "fastdds-peer"), *map(str, arguments)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              env=self.environment) as process:
            process.stdin.write(given)
            process.stdin.close()
            try:
                yield from (line.split() for line in process.stdout)
            except GeneratorExit:
                process.kill()
                raise
        if process.returncode == 3:
            raise TimeoutError(f"{' '.join(command[1:3])}: time ran out")
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")

    def call(self, name, service, request, timeout, count=1):
        """Calls a service `count` times, one after the other; yields (seconds, response)."""
        topics = (f"rq{name}Request", service.dds_type("Request"), f"rr{name}Reply", service.dds_type("Response"))
        for nanoseconds, reply in self.run("call", *topics, timeout, count, given=encode(request)):
            yield int(nanoseconds) / 1e9, service.response.deserialize(bytes.fromhex(reply))

    def echo(self, topic, kind, latched, depth, timeout, count):
        """Yields the first samples of a topic; ends when nothing came for `timeout` seconds."""
        name = kind.__idl_typename__.replace(".", "::")
        for (sample,) in self.run("echo", topic, name, durability(latched), depth, timeout, count):
            yield kind.deserialize(bytes.fromhex(sample))

    def publish(self, topic, kind, value, latched, timeout):
        """Publishes one sample once a reader is there, and stays until it is acknowledged."""
        name = kind.__idl_typename__.replace(".", "::")
        list(self.run("publish", topic, name, durability(latched), timeout, given=encode(value)))


def durability(latched):
    """The word fastdds takes."""
    return "latched" if latched else "volatile"
