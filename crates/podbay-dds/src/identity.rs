//! The identity of a request, and how its reply is addressed.
//!
//! ROS middlewares differ in where a request carries its identity. The vendor id in the first two octets of
//! the request writer's GUID determines which convention applies:
//!
//! ```text
//!   Fast DDS, RustDDS   inline QoS related_sample_identity; payload = request
//!   Cyclone DDS         payload = low half of the client's GUID (8), sequence number (8), request
//! ```

use rustdds::no_key::DeserializedCacheChange;
use rustdds::{GUID, SampleIdentity, SequenceNumber, WriteOptions, WriteOptionsBuilder};

use crate::participant::{Prefix, prefix};
use crate::wire::{Encoding, Raw};

const CYCLONE: [u8; 2] = [0x01, 0x10];
pub(super) const HEADER: usize = 16;

/// A received request: its sender, how to address the reply, and its bytes.
#[derive(Debug)]
pub(super) struct Incoming {
    /// The client's request writer.
    pub(super) client: GUID,
    /// How the reply is addressed.
    pub(super) identity: Identity,
    /// The bytes of the request.
    pub(super) request: Raw,
}

/// What identifies a reply as belonging to a client's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// In the inline QoS.
    Inline(SampleIdentity),
    /// Before the payload: client and sequence number, as given by Cyclone DDS.
    Header(u64, u64),
}

impl Incoming {
    /// Reads the identity of a sample; `None` if it is too short.
    pub(super) fn new(sample: DeserializedCacheChange<Raw>) -> Option<Self> {
        let client = sample.writer_guid();
        if client.to_bytes().starts_with(&CYCLONE) {
            let (identity, request) = header(&sample.into_value())?;
            return Some(Self {
                client,
                identity,
                request,
            });
        }
        let own = SampleIdentity {
            writer_guid: client,
            sequence_number: sample.sequence_number,
        };
        let identity = Identity::Inline(inline(sample.related_sample_identity(), own));
        Some(Self {
            client,
            identity,
            request: sample.into_value(),
        })
    }

    /// Name of the caller, for logs and policy.
    pub(super) fn caller(&self) -> String {
        caller(&prefix(&self.client))
    }
}

/// Name of a participant as a caller.
pub(super) fn caller(client: &Prefix) -> String {
    let mut name = "dds:".to_owned();
    let digits = client.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    name.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    name
}

/// Fast DDS leaves the sequence number unknown and means that of the sample.
fn inline(related: Option<SampleIdentity>, own: SampleIdentity) -> SampleIdentity {
    match related {
        None => own,
        Some(related) if related.sequence_number == SequenceNumber::UNKNOWN => SampleIdentity {
            sequence_number: own.sequence_number,
            ..related
        },
        Some(related) => related,
    }
}

fn header(raw: &Raw) -> Option<(Identity, Raw)> {
    let number = |range| -> Option<u64> {
        let bytes = raw.bytes.get::<std::ops::Range<usize>>(range)?.try_into().ok()?;
        Some(match raw.encoding {
            Encoding::CDR_BE => u64::from_be_bytes(bytes),
            _ => u64::from_le_bytes(bytes),
        })
    };
    let identity = Identity::Header(number(0..8)?, number(8..HEADER)?);
    // sixteen bytes keep every alignment, so the request can be decoded on its own
    Some((
        identity,
        Raw {
            bytes: raw.bytes.slice(HEADER..),
            ..raw.clone()
        },
    ))
}

impl Identity {
    /// The payload of a reply with the bytes `response`.
    pub(super) fn payload(self, response: Vec<u8>) -> Raw {
        match self {
            Self::Inline(_) => Raw::new(response),
            Self::Header(client, sequence) => {
                let mut bytes = Vec::with_capacity(HEADER + response.len());
                bytes.extend(client.to_le_bytes());
                bytes.extend(sequence.to_le_bytes());
                bytes.extend(response);
                Raw::new(bytes)
            }
        }
    }

    /// The options for writing the reply.
    pub(super) fn write_options(self) -> WriteOptions {
        let builder = WriteOptionsBuilder::new().source_timestamp(rustdds::Timestamp::now());
        match self {
            Self::Inline(identity) => builder.related_sample_identity(identity).build(),
            Self::Header(..) => builder.build(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(byte: u8, sequence_number: SequenceNumber) -> SampleIdentity {
        SampleIdentity {
            writer_guid: GUID::from_bytes([byte; 16]),
            sequence_number,
        }
    }

    fn raw(bytes: Vec<u8>) -> Raw {
        Raw {
            bytes: bytes.into(),
            encoding: Encoding::CDR_LE,
            cut_from: None,
        }
    }

    #[test]
    fn cyclone_puts_its_identity_in_front_and_gets_it_back() {
        for (encoding, number) in [
            (Encoding::CDR_LE, u64::to_le_bytes as fn(u64) -> _),
            (Encoding::CDR_BE, u64::to_be_bytes),
        ] {
            let bytes = [number(7).as_slice(), &number(3), b"request!"].concat();
            let (identity, request) = header(&Raw {
                encoding,
                ..raw(bytes)
            })
            .unwrap();
            assert_eq!(identity, Identity::Header(7, 3));
            assert_eq!(request.bytes.as_ref(), b"request!");
            let reply = identity.payload(b"reply".to_vec());
            assert_eq!(
                reply.bytes.as_ref(),
                b"\x07\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0reply\0\0\0"
            );
        }
    }

    #[test]
    fn a_sample_too_short_for_the_header_is_no_request() {
        assert!(header(&raw(vec![0; HEADER - 1])).is_none());
    }

    #[test]
    fn an_unknown_sequence_number_is_that_of_the_sample() {
        let own = identity(1, 9.into());
        assert_eq!(inline(None, own), own);
        assert_eq!(inline(Some(identity(2, 4.into())), own), identity(2, 4.into()));
        assert_eq!(
            inline(Some(identity(2, SequenceNumber::UNKNOWN)), own),
            identity(2, 9.into())
        );
    }
}
