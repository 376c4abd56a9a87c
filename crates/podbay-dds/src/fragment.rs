//! The first fragment of a large reply, assembled by podbay.
//!
//! RustDDS 0.15 writes an extra byte before the inline QoS of a fragment, and Fast DDS clients recognize
//! their replies by the inline QoS of the first fragment to arrive. Therefore podbay sends the first fragment
//! itself, and RustDDS then sends the sample, without inline QoS:
//!
//! ```text
//!   RTPS header | INFO_DST client | INFO_TS now | DATA_FRAG 1: inline QoS, first bytes of the payload
//! ```

use rustdds::{GUID, SampleIdentity};

/// Bytes per fragment in RustDDS.
const FRAGMENT: usize = 256;
/// CDR, little-endian.
const ENCAPSULATION: [u8; 4] = [0, 1, 0, 0];
/// Octets from the end of this field to the inline QoS.
const TO_INLINE_QOS: u16 = 28;

const INFO_TS: u8 = 0x09;
const INFO_DST: u8 = 0x0e;
const DATA_FRAG: u8 = 0x16;
const LITTLE_ENDIAN: u8 = 0x01;
const INLINE_QOS: u8 = 0x02;

/// `PID_RELATED_SAMPLE_IDENTITY`, of the standard and of older Fast DDS.
const RELATED_SAMPLE_IDENTITY: [u16; 2] = [0x0083, 0x800f];
const SENTINEL: u16 = 0x0001;

/// The sample and its recipient.
pub(super) struct FirstFragment<'a> {
    pub(super) writer: GUID,
    pub(super) reader: GUID,
    /// Sequence number of the sample.
    pub(super) sequence: i64,
    /// The request that it answers.
    pub(super) request: SampleIdentity,
    /// The sample without its encapsulation header.
    pub(super) payload: &'a [u8],
}

impl FirstFragment<'_> {
    /// The datagram, sent at `time` after the Unix epoch.
    pub(super) fn datagram(&self, time: std::time::Duration) -> Vec<u8> {
        let mut out = b"RTPS\x02\x04\x01\x12".to_vec();
        out.extend(&self.writer.to_bytes()[..12]);
        submessage(&mut out, INFO_DST, LITTLE_ENDIAN, &self.reader.to_bytes()[..12]);
        submessage(&mut out, INFO_TS, LITTLE_ENDIAN, &timestamp(time));
        submessage(&mut out, DATA_FRAG, LITTLE_ENDIAN | INLINE_QOS, &self.fragment());
        out
    }

    fn fragment(&self) -> Vec<u8> {
        let mut out = vec![0, 0];
        out.extend(TO_INLINE_QOS.to_le_bytes());
        out.extend(&self.reader.to_bytes()[12..]);
        out.extend(&self.writer.to_bytes()[12..]);
        out.extend(sequence_number(self.sequence));
        // first fragment, number of fragments in this submessage, fragment size, sample size
        out.extend(1_u32.to_le_bytes());
        out.extend(1_u16.to_le_bytes());
        out.extend([0, 1]);
        let sample = u32::try_from(ENCAPSULATION.len() + self.payload.len()).unwrap_or(u32::MAX);
        out.extend(sample.to_le_bytes());
        out.extend(self.inline_qos());
        out.extend(ENCAPSULATION);
        out.extend(self.payload.iter().take(FRAGMENT - ENCAPSULATION.len()));
        out
    }

    fn inline_qos(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for parameter in RELATED_SAMPLE_IDENTITY {
            out.extend(parameter.to_le_bytes());
            out.extend(24_u16.to_le_bytes());
            out.extend(self.request.writer_guid.to_bytes());
            out.extend(sequence_number(i64::from(self.request.sequence_number)));
        }
        out.extend(SENTINEL.to_le_bytes());
        out.extend([0, 0]);
        out
    }
}

fn submessage(out: &mut Vec<u8>, kind: u8, flags: u8, body: &[u8]) {
    out.extend([kind, flags]);
    // a fragment with its headers is far below 64 KiB
    out.extend(u16::try_from(body.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend(body);
}

/// High half first, each half little-endian.
fn sequence_number(number: i64) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h] = number.to_le_bytes();
    [e, f, g, h, a, b, c, d]
}

/// Seconds, then fractions of 2^-32 s.
fn timestamp(time: std::time::Duration) -> [u8; 8] {
    let seconds = u32::try_from(time.as_secs()).unwrap_or(u32::MAX).to_le_bytes();
    let fraction = (u64::from(time.subsec_nanos()) << 32) / 1_000_000_000;
    let fraction = u32::try_from(fraction).unwrap_or(u32::MAX).to_le_bytes();
    let mut out = [0; 8];
    out[..4].copy_from_slice(&seconds);
    out[4..].copy_from_slice(&fraction);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_datagram_is_laid_out_as_rtps_has_it() {
        let guid = |byte: u8| GUID::from_bytes([byte; 16]);
        let request = SampleIdentity {
            writer_guid: guid(3),
            sequence_number: 5.into(),
        };
        let payload = [7; 1000];
        let fragment = FirstFragment {
            writer: guid(1),
            reader: guid(2),
            sequence: 4,
            request,
            payload: &payload,
        };
        let bytes = fragment.datagram(std::time::Duration::from_millis(1500));
        assert_eq!(
            &bytes[..20],
            b"RTPS\x02\x04\x01\x12\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"
        );
        assert_eq!(
            &bytes[20..36],
            b"\x0e\x01\x0c\0\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02"
        );
        assert_eq!(&bytes[36..48], b"\x09\x01\x08\0\x01\0\0\0\0\0\0\x80");
        let frag = &bytes[48..];
        assert_eq!(
            &frag[..4],
            [0x16, 3, (frag.len() - 4) as u8, ((frag.len() - 4) >> 8) as u8]
        );
        assert_eq!(&frag[4..8], [0, 0, 28, 0]);
        assert_eq!(&frag[16..24], [0, 0, 0, 0, 4, 0, 0, 0]);
        assert_eq!(
            &frag[24..36],
            [1, 0, 0, 0, 1, 0, 0, 1, 0xec, 3, 0, 0],
            "1004 bytes in fragments of 256"
        );
        assert_eq!(&frag[36..40], [0x83, 0, 24, 0]);
        assert_eq!(&frag[frag.len() - 256..frag.len() - 250], [0, 1, 0, 0, 7, 7]);
    }
}
