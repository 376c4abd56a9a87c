//! Datagrams that no DDS participant would send.

use std::net::UdpSocket;
use std::ops::RangeInclusive;

/// Submessage kinds of RTPS, from PAD to DATA_FRAG.
const KINDS: [u8; 13] = [
    0x01, 0x06, 0x07, 0x08, 0x09, 0x0c, 0x0d, 0x0e, 0x0f, 0x12, 0x13, 0x15, 0x16,
];

/// Sends `rounds` datagrams to each port: plain noise, noise behind an RTPS header, and well-framed submessages of
/// noise in turn. The same bytes every time.
pub(crate) fn make(ports: RangeInclusive<u16>, rounds: usize) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..rounds {
        for port in ports.clone() {
            let datagram = match round % 3 {
                0 => random.bytes(1400),
                1 => [header(&mut random), random.bytes(1400)].concat(),
                _ => [
                    header(&mut random),
                    submessage(&mut random),
                    submessage(&mut random),
                ]
                .concat(),
            };
            // A closed port may answer with an ICMP error, which a later send reports; it is ignored.
            let _ = socket.send_to(&datagram, ("127.0.0.1", port));
        }
    }
}

/// Magic, version 2.4, a vendor and a made-up GUID prefix.
fn header(random: &mut Random) -> Vec<u8> {
    let mut header = b"RTPS\x02\x04\x01\x0f".to_vec();
    header.extend((0..12).map(|_| random.byte()));
    header
}

/// Kind, flags and the correct length (little endian), then noise.
fn submessage(random: &mut Random) -> Vec<u8> {
    let body = random.bytes(200);
    let kind = KINDS[usize::from(random.byte()) % KINDS.len()];
    let length = u16::try_from(body.len()).unwrap().to_le_bytes();
    [&[kind, random.byte() | 1], &length[..], &body].concat()
}

/// xorshift: reproducible, which is sufficient.
struct Random(u64);

impl Random {
    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.to_le_bytes()[3]
    }

    /// At most `most` bytes.
    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = (usize::from(self.byte()) << 8 | usize::from(self.byte())) % (most + 1);
        (0..length).map(|_| self.byte()).collect()
    }
}
