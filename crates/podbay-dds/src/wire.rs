//! Bytes on the wire: CDR of ROS messages, and DDS endpoints that pass bytes through undecoded.
//!
//! Endpoints are raw because a service must know the sender of a request before it knows its layout, and
//! because an unreadable message should cost a log line, not a reader.

use std::convert::Infallible;

use rustdds::bytes::Bytes;
use rustdds::no_key::{
    DataWriter, Decode, DefaultDecoder, DeserializerAdapter, SerializerAdapter, SimpleDataReader,
};
use rustdds::serialization::{deserialize_from_cdr_with_rep_id, to_writer_with_rep_id};

use crate::identity::HEADER;
use podbay_interfaces::Message;
use podbay_text::lengths;

pub use rustdds::RepresentationIdentifier as Encoding;

/// A message could not be encoded or decoded. Retrying does not help.
#[derive(Debug, thiserror::Error)]
#[error("{type_name}: {reason}")]
pub struct Error {
    /// DDS type of the message.
    type_name: &'static str,
    /// What is wrong.
    reason: String,
}

/// The payload of a sample, without its encapsulation header.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) bytes: Bytes,
    pub(crate) encoding: Encoding,
    /// Original size of a sample that is too large to be kept: only its beginning is here, which identifies
    /// the sender.
    pub(crate) cut_from: Option<usize>,
}

pub(crate) type RawReader = SimpleDataReader<Raw, Adapter>;
pub(crate) type RawWriter = DataWriter<Raw, Adapter>;

/// `message` in little-endian CDR.
pub fn encode<M: Message>(message: &M) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    to_writer_with_rep_id(&mut bytes, message, Encoding::CDR_LE).map_err(error::<M>)?;
    Ok(bytes)
}

/// Decodes the message in `bytes`, which come from others: if they make the CDR decoder panic, they are
/// unreadable.
pub fn decode<M: Message>(bytes: &[u8], encoding: Encoding) -> Result<M, Error> {
    let read = || deserialize_from_cdr_with_rep_id(bytes, encoding);
    let read = std::panic::catch_unwind(read).map_err(|_| error::<M>("its decoder panicked"))?;
    let (message, _consumed) = read.map_err(error::<M>)?;
    Ok(message)
}

fn error<M: Message>(reason: impl std::fmt::Display) -> Error {
    Error {
        type_name: M::DDS_TYPE,
        reason: reason.to_string(),
    }
}

impl Raw {
    /// `bytes` of little-endian CDR, padded to a multiple of four, since RustDDS otherwise miscounts the last
    /// fragment of a longer sample. Readers ignore the padding.
    pub(crate) fn new(mut bytes: Vec<u8>) -> Self {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        Self {
            bytes: bytes.into(),
            encoding: Encoding::CDR_LE,
            cut_from: None,
        }
    }
}

/// Passes bytes between RustDDS and [`Raw`].
#[derive(Clone)]
pub(crate) struct Adapter;

impl DeserializerAdapter<Raw> for Adapter {
    type Error = Infallible;
    type Decoded = Raw;

    fn supported_encodings() -> &'static [Encoding] {
        &[Encoding::CDR_LE, Encoding::CDR_BE]
    }

    fn transform_decoded(decoded: Raw) -> Raw {
        decoded
    }
}

impl DefaultDecoder<Raw> for Adapter {
    type Decoder = Self;
    const DECODER: Self = Self;
}

impl Decode<'_, Raw> for Adapter {
    type Error = Infallible;

    fn decode_bytes(self, bytes: &[u8], encoding: Encoding) -> Result<Raw, Infallible> {
        let too_large = bytes.len() > lengths::REQUEST;
        let kept = if too_large { &bytes[..HEADER] } else { bytes };
        Ok(Raw {
            bytes: Bytes::copy_from_slice(kept),
            encoding,
            cut_from: too_large.then_some(bytes.len()),
        })
    }
}

impl SerializerAdapter<Raw> for Adapter {
    type Error = Infallible;

    fn output_encoding() -> Encoding {
        Encoding::CDR_LE
    }

    fn to_bytes(value: &Raw) -> Result<Bytes, Infallible> {
        Ok(value.bytes.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_sample_beyond_the_bound_only_the_beginning_is_kept() {
        let decoded = |bytes: usize| {
            let Ok(raw) = Adapter.decode_bytes(&vec![7; bytes], Encoding::CDR_LE);
            (raw.bytes.len(), raw.cut_from)
        };
        assert_eq!(decoded(2 << 20), (2 << 20, None));
        assert_eq!(decoded((2 << 20) + 1), (16, Some((2 << 20) + 1)));
    }
}
