"""A ROS participant over Cyclone DDS, with the conventions of rmw_cyclonedds.

A request or reply carries 16 bytes before its fields: the client's id and a sequence number. Everyone on the reply
topic sees every reply; a client takes those with its own id.
"""

import dataclasses
import os
import time

from cyclonedds.core import Policy, Qos, ReadCondition, SampleState, WaitSet
from cyclonedds.domain import DomainParticipant
from cyclonedds.idl import types
from cyclonedds.pub import DataWriter
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic
from cyclonedds.util import duration

import interfaces

POLL = 0.002


def qos(latched=False, depth=10, user_data=b""):
    """Reliable; transient local where latched."""
    durability = Policy.Durability.TransientLocal if latched else Policy.Durability.Volatile
    policies = [Policy.Reliability.Reliable(duration(seconds=1)), durability, Policy.History.KeepLast(depth),
                Policy.DataRepresentation(use_cdrv0_representation=True),
                Policy.WriterDataLifecycle(autodispose=False)]
    return Qos(*policies, *([Policy.Userdata(user_data)] if user_data else []))


def with_header(half, kind):
    """The payload type `kind` with rmw_cyclonedds' header in front."""
    members = {"client_guid": types.uint64, "client_sequence": types.int64}
    members |= {field.name: field.type for field in dataclasses.fields(kind)}
    return interfaces.typed(half.replace("::", "."), members)


def wait(condition, deadline, what):
    """Polls `condition` until it holds; TimeoutError names what was waited for."""
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(POLL)


def take(reader):
    """The new samples that hold data."""
    return [sample for sample in reader.take(N=1000) if sample.sample_info.valid_data]


class Participant:
    """One DDS participant; the ROS domain is `domain`."""

    def __init__(self, domain):
        self.participant = DomainParticipant(domain)

    def reader(self, topic, kind, options):
        """A reader and the wait set that tells of new samples."""
        reader = DataReader(self.participant, Topic(self.participant, topic, kind), options)
        waitset = WaitSet(self.participant)
        reader.fresh = ReadCondition(reader, SampleState.NotRead)
        waitset.attach(reader.fresh)
        return reader, waitset

    def writer(self, topic, kind, options):
        """A writer on a DDS topic."""
        return DataWriter(self.participant, Topic(self.participant, topic, kind), options)

    def call(self, name, service, request, timeout, count=1):
        """Calls a service `count` times, one after the other; yields (seconds, response)."""
        client = Client(self, name, service)
        deadline = time.monotonic() + timeout
        wait(client.server_matched, deadline, f"no service {name} ({service.name}) within {timeout} s")
        for sequence in range(1, count + 1):
            yield client.call(sequence, request, timeout)

    def mute(self, name, service, request, timeout, count, every):
        """Sends requests as a client without a reader for the answers."""
        kind = with_header(service.dds_type("Request"), service.request)
        writer = self.writer(f"rq{name}Request", kind, qos())
        wait(lambda: writer.get_publication_matched_status().current_count, time.monotonic() + timeout,
             f"no service {name} ({service.name}) within {timeout} s")
        fields = {field.name: getattr(request, field.name) for field in dataclasses.fields(request)}
        for sequence in range(count):
            writer.write(kind(client_guid=1, client_sequence=sequence, **fields))
            time.sleep(every)

    def echo(self, topic, kind, latched, depth, timeout, count):
        """Yields the first samples of a topic; ends when nothing came for `timeout` seconds."""
        reader, waitset = self.reader(topic, kind, qos(latched, depth))
        while count > 0 and waitset.wait(duration(seconds=timeout)):
            fresh = take(reader)[:count]
            count -= len(fresh)
            yield from fresh

    def publish(self, topic, kind, value, latched, timeout):
        """Publishes one sample once a reader is there, and stays until it is acknowledged."""
        writer = self.writer(topic, kind, qos(latched))
        wait(lambda: writer.get_publication_matched_status().current_count, time.monotonic() + timeout,
             f"no reader of {topic} within {timeout} s")
        writer.write(value)
        writer.wait_for_acks(duration(seconds=timeout))


class Client:
    """One service client, as rmw_cyclonedds makes it."""

    def __init__(self, participant, name, service):
        identity = os.urandom(16)
        self.name = name
        self.guid = int.from_bytes(identity[:8], "little")
        self.request, self.response = service.request, service.response
        options = qos(user_data=b"clientid=" + ".".join(f"{byte:x}" for byte in identity).encode() + b";")
        self.request_type = with_header(service.dds_type("Request"), service.request)
        self.reader, self.replies = participant.reader(
            f"rr{name}Reply", with_header(service.dds_type("Response"), service.response), options)
        self.writer = participant.writer(f"rq{name}Request", self.request_type, options)

    def server_matched(self):
        """Whether both ends of a server were discovered, as `ros2 service call` waits for."""
        return (self.writer.get_publication_matched_status().current_count
                and self.reader.get_subscription_matched_status().current_count)

    def call(self, sequence, request, timeout):
        """Sends one request; returns (seconds until the reply was there, reply)."""
        fields = {field.name: getattr(request, field.name) for field in dataclasses.fields(request)}
        sample = self.request_type(client_guid=self.guid, client_sequence=sequence, **fields)
        start = time.monotonic()
        self.writer.write(sample)
        while self.replies.wait(duration(seconds=max(0.0, start + timeout - time.monotonic()))):
            elapsed = time.monotonic() - start
            for reply in take(self.reader):
                if (reply.client_guid, reply.client_sequence) == (self.guid, sequence):
                    members = dataclasses.fields(self.response)
                    return elapsed, self.response(**{field.name: getattr(reply, field.name) for field in members})
        raise TimeoutError(f"no reply from {self.name} within {timeout} s")
