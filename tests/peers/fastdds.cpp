// A ROS participant over Fast DDS, with the conventions of rmw_fastrtps. It only carries bytes: CDR (with its 4 byte
// header) goes in and out as one line of hex each, and the Python side encodes and decodes.
//
//   fastdds call RQ_TOPIC RQ_TYPE RR_TOPIC RR_TYPE TIMEOUT COUNT    request on stdin; a line "NANOSECONDS HEX" a reply
//   fastdds echo TOPIC TYPE latched|volatile DEPTH TIMEOUT COUNT    a line of hex a sample; ends when none came for TIMEOUT
//   fastdds publish TOPIC TYPE latched|volatile TIMEOUT             sample on stdin, sent once a reader is there
//
// A request names the client's reply reader as its related identity; a reply names that reader and the request's
// sequence number. The exit code is 3 when time ran out.

#include <chrono>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fastdds/dds/domain/DomainParticipant.hpp>
#include <fastdds/dds/domain/DomainParticipantFactory.hpp>
#include <fastdds/dds/publisher/DataWriter.hpp>
#include <fastdds/dds/publisher/Publisher.hpp>
#include <fastdds/dds/subscriber/DataReader.hpp>
#include <fastdds/dds/subscriber/SampleInfo.hpp>
#include <fastdds/dds/subscriber/Subscriber.hpp>
#include <fastdds/dds/topic/TopicDataType.hpp>
#include <fastdds/dds/topic/TypeSupport.hpp>
#include <fastdds/rtps/common/WriteParams.h>

using namespace eprosima::fastdds::dds;
using eprosima::fastrtps::Duration_t;
using eprosima::fastrtps::c_TimeInfinite;
using eprosima::fastrtps::rtps::GUID_t;
using eprosima::fastrtps::rtps::InstanceHandle_t;
using eprosima::fastrtps::rtps::SerializedPayload_t;
using eprosima::fastrtps::rtps::WriteParams;
using Bytes = std::vector<uint8_t>;
using Clock = std::chrono::steady_clock;

struct TimedOut : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A type known by its name only; samples are the encoded bytes themselves.
class RawType : public TopicDataType {
public:
    explicit RawType(const std::string& name) {
        setName(name.c_str());
        m_typeSize = 4096; // a first guess, histories grow as needed
        auto_fill_type_information(false);
        auto_fill_type_object(false);
    }
    bool serialize(void* data, SerializedPayload_t* payload) override {
        const auto& bytes = *static_cast<Bytes*>(data);
        payload->reserve(bytes.size());
        payload->length = bytes.size();
        payload->encapsulation = CDR_LE;
        std::copy(bytes.begin(), bytes.end(), payload->data);
        return true;
    }
    bool deserialize(SerializedPayload_t* payload, void* data) override {
        static_cast<Bytes*>(data)->assign(payload->data, payload->data + payload->length);
        return true;
    }
    std::function<uint32_t()> getSerializedSizeProvider(void* data) override {
        return [data] { return static_cast<uint32_t>(static_cast<Bytes*>(data)->size()); };
    }
    void* createData() override { return new Bytes(); }
    void deleteData(void* data) override { delete static_cast<Bytes*>(data); }
    bool getKey(void*, InstanceHandle_t*, bool) override { return false; }
};

struct Peer {
    DomainParticipant* participant;
    Publisher* publisher;
    Subscriber* subscriber;

    Peer() {
        const char* domain = std::getenv("ROS_DOMAIN_ID");
        participant = DomainParticipantFactory::get_instance()->create_participant(
            domain ? std::stoi(domain) : 0, PARTICIPANT_QOS_DEFAULT);
        if (!participant) throw std::runtime_error("no DDS participant could be made");
        publisher = participant->create_publisher(PUBLISHER_QOS_DEFAULT);
        subscriber = participant->create_subscriber(SUBSCRIBER_QOS_DEFAULT);
    }
    ~Peer() {
        participant->delete_contained_entities();
        DomainParticipantFactory::get_instance()->delete_participant(participant);
    }
    Topic* topic(const std::string& name, const std::string& type) {
        TypeSupport(new RawType(type)).register_type(participant);
        return participant->create_topic(name, type, TOPIC_QOS_DEFAULT);
    }
    template <class Qos> static Qos ros_qos(Qos qos, bool latched, int depth) {
        qos.reliability().kind = RELIABLE_RELIABILITY_QOS;
        qos.durability().kind = latched ? TRANSIENT_LOCAL_DURABILITY_QOS : VOLATILE_DURABILITY_QOS;
        qos.history().kind = KEEP_LAST_HISTORY_QOS;
        qos.history().depth = depth;
        qos.endpoint().history_memory_policy = eprosima::fastrtps::rtps::PREALLOCATED_WITH_REALLOC_MEMORY_MODE;
        qos.data_sharing().off();
        return qos;
    }
    DataReader* reader(const std::string& name, const std::string& type, bool latched = false, int depth = 10) {
        return subscriber->create_datareader(topic(name, type), ros_qos(DATAREADER_QOS_DEFAULT, latched, depth));
    }
    DataWriter* writer(const std::string& name, const std::string& type, bool latched = false) {
        return publisher->create_datawriter(topic(name, type), ros_qos(DATAWRITER_QOS_DEFAULT, latched, 10));
    }
};

std::string to_hex(const Bytes& bytes) {
    static const char* digits = "0123456789abcdef";
    std::string text;
    for (uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

Bytes line_from_hex() {
    std::string line;
    std::getline(std::cin, line);
    Bytes bytes;
    for (size_t i = 0; i + 1 < line.size(); i += 2) bytes.push_back(std::stoi(line.substr(i, 2), nullptr, 16));
    return bytes;
}

Duration_t seconds(double value) {
    return Duration_t(static_cast<long double>(value));
}

void wait_until(const std::function<bool()>& condition, double timeout, const std::string& what) {
    const auto deadline = Clock::now() + std::chrono::duration<double>(timeout);
    while (!condition()) {
        if (Clock::now() > deadline) throw TimedOut("no " + what);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

bool has_readers(DataWriter* writer) {
    PublicationMatchedStatus status;
    writer->get_publication_matched_status(status);
    return status.current_count > 0;
}

bool has_writers(DataReader* reader) {
    SubscriptionMatchedStatus status;
    reader->get_subscription_matched_status(status);
    return status.current_count > 0;
}

// The next reply meant for this client and this request.
Bytes take_reply(DataReader* reader, const WriteParams& request, double timeout) {
    const auto& sent = request.sample_identity();
    Bytes reply;
    SampleInfo info;
    while (reader->wait_for_unread_message(seconds(timeout))) {
        while (reader->take_next_sample(&reply, &info) == ReturnCode_t::RETCODE_OK) {
            const auto& related = info.related_sample_identity;
            const bool mine = related.writer_guid() == reader->guid() || related.writer_guid() == sent.writer_guid();
            if (info.valid_data && mine && related.sequence_number() == sent.sequence_number()) return reply;
        }
    }
    throw TimedOut("no reply");
}

void call(Peer& peer, const std::vector<std::string>& args) {
    const double timeout = std::stod(args.at(4));
    DataReader* reader = peer.reader(args.at(2), args.at(3));
    DataWriter* writer = peer.writer(args.at(0), args.at(1));
    Bytes request = line_from_hex();
    wait_until([&] { return has_readers(writer) && has_writers(reader); }, timeout, "service");
    for (int left = std::stoi(args.at(5)); left > 0; --left) {
        WriteParams params;
        params.related_sample_identity().writer_guid() = reader->guid();
        const auto start = Clock::now();
        if (!writer->write(&request, params)) throw std::runtime_error("write failed");
        const Bytes reply = take_reply(reader, params, timeout);
        std::cout << std::chrono::nanoseconds(Clock::now() - start).count() << ' ' << to_hex(reply) << std::endl;
    }
}

void echo(Peer& peer, const std::vector<std::string>& args) {
    DataReader* reader = peer.reader(args.at(0), args.at(1), args.at(2) == "latched", std::stoi(args.at(3)));
    int left = std::stoi(args.at(5));
    Bytes sample;
    SampleInfo info;
    while (left > 0 && reader->wait_for_unread_message(seconds(std::stod(args.at(4))))) {
        while (left > 0 && reader->take_next_sample(&sample, &info) == ReturnCode_t::RETCODE_OK) {
            if (!info.valid_data) continue;
            std::cout << to_hex(sample) << std::endl;
            --left;
        }
    }
}

void publish(Peer& peer, const std::vector<std::string>& args) {
    const double timeout = std::stod(args.at(3));
    DataWriter* writer = peer.writer(args.at(0), args.at(1), args.at(2) == "latched");
    Bytes sample = line_from_hex();
    wait_until([&] { return has_readers(writer); }, timeout, "reader");
    if (!writer->write(&sample)) throw std::runtime_error("write failed");
    writer->wait_for_acknowledgments(seconds(timeout));
}

int main(int argc, char** argv) {
    const std::vector<std::string> args(argv + std::min(argc, 2), argv + argc);
    const std::string verb = argc > 1 ? argv[1] : "";
    try {
        Peer peer;
        if (verb == "call") call(peer, args);
        else if (verb == "echo") echo(peer, args);
        else if (verb == "publish") publish(peer, args);
        else throw std::runtime_error("unknown verb '" + verb + "'");
        return 0;
    } catch (const TimedOut& error) {
        std::cerr << error.what() << std::endl;
        return 3;
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
