//! Replies to clients whose reader is not matched yet: a limited number for each client, so that a client
//! without a reader takes no room from others.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::participant::Prefix;

/// Limits for one client: number of replies and their bytes, except for a single reply. If exceeded, the
/// oldest are dropped: a client that waits for them has asked again.
const OF_ONE: usize = 8;
const BYTES_OF_ONE: usize = 1024 * 1024;
/// Number of clients that are waited for.
const CLIENTS: usize = 256;
/// Bytes of all waiting replies. If exceeded, replies of the client with the most bytes are dropped.
const BYTES: usize = 8 * 1024 * 1024;

/// Replies by client.
#[derive(Debug)]
pub(super) struct Waiting<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    clients: HashMap<Prefix, Queue<T>>,
    bytes: usize,
}

/// Replies for one client, oldest first.
#[derive(Debug)]
struct Queue<T> {
    replies: VecDeque<(T, Vec<u8>)>,
    bytes: usize,
}

/// Result of adding a reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// The first for its client: somebody has to wait for the client, and call [`Waiting::take`] then.
    First,
    /// Somebody is already waiting.
    Further,
    /// Too many clients are waited for.
    TooMany,
    /// It is larger than anything else that waits, and there is no room for it.
    TooLarge,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self(Mutex::new(State {
            clients: HashMap::new(),
            bytes: 0,
        }))
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            replies: VecDeque::new(),
            bytes: 0,
        }
    }
}

impl<T> Waiting<T> {
    pub(super) fn put(&self, client: Prefix, to: T, reply: Vec<u8>) -> Put {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = state.clients.contains_key(&client);
        if !known && state.clients.len() >= CLIENTS {
            return Put::TooMany;
        }
        let queue = state.clients.entry(client).or_default();
        let before = queue.bytes;
        let bytes = reply.len();
        queue.push(to, reply);
        let after = queue.bytes;
        state.bytes = state.bytes + after - before;
        if state.make_room(client) {
            return if known { Put::Further } else { Put::First };
        }
        tracing::debug!(bytes, "no room for a reply");
        if !known {
            state.clients.remove(&client);
        }
        Put::TooLarge
    }

    /// The replies for `client`, oldest first. The next one will be the first again.
    pub(super) fn take(&self, client: Prefix) -> VecDeque<(T, Vec<u8>)> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = state.clients.remove(&client).unwrap_or_default();
        state.bytes -= queue.bytes;
        queue.replies
    }
}

impl<T> State<T> {
    /// Drops replies until the others fit; returns whether the last one of `client` is among these.
    fn make_room(&mut self, client: Prefix) -> bool {
        while self.bytes > BYTES {
            let most = self.clients.iter_mut();
            let most = most.max_by_key(|(name, queue)| (queue.bytes, **name != client));
            let Some((name, queue)) = most else { return false };
            let last = *name == client && queue.replies.len() == 1;
            self.bytes -= queue.drop_oldest();
            if last {
                return false;
            }
        }
        true
    }
}

impl<T> Queue<T> {
    fn push(&mut self, to: T, reply: Vec<u8>) {
        self.bytes += reply.len();
        self.replies.push_back((to, reply));
        while self.replies.len() > OF_ONE || (self.bytes > BYTES_OF_ONE && self.replies.len() > 1) {
            self.drop_oldest();
        }
    }

    /// Returns the number of dropped bytes.
    fn drop_oldest(&mut self) -> usize {
        let bytes = self.replies.pop_front().map_or(0, |(_, reply)| reply.len());
        self.bytes -= bytes;
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_answers_of_a_client_are_dropped_and_nobody_elses() {
        let waiting = Waiting::default();
        let put = |client: u8, number: u32| waiting.put([client; 12], number, vec![0; 100]);
        assert_eq!(put(1, 0), Put::First);
        assert!((1..1000).all(|number| put(1, number) == Put::Further));
        assert_eq!(put(2, 7), Put::First);
        let numbers = |client: u8| {
            let taken = waiting.take([client; 12]);
            taken.into_iter().map(|(number, _)| number).collect::<Vec<u32>>()
        };
        assert_eq!(numbers(1), (992..1000).collect::<Vec<u32>>());
        assert_eq!(numbers(2), [7]);
        assert_eq!(put(1, 1), Put::First);
    }

    fn client(number: u16) -> Prefix {
        let mut client = [0; 12];
        client[..2].copy_from_slice(&number.to_le_bytes());
        client
    }

    #[test]
    fn clients_that_wait_have_a_bound() {
        let waiting = Waiting::default();
        let puts: Vec<_> = (0..300)
            .map(|it| waiting.put(client(it), (), Vec::new()))
            .collect();
        let count = |wanted: Put| puts.iter().filter(|put| **put == wanted).count();
        assert_eq!([count(Put::First), count(Put::TooMany)], [256, 44]);
        drop(waiting.take(client(0)));
        assert_eq!(waiting.put(client(299), (), Vec::new()), Put::First);
    }

    #[test]
    fn a_client_with_large_answers_loses_its_own() {
        let waiting = Waiting::default();
        let put = |of: u16, bytes: usize| waiting.put(client(of), (), vec![0; bytes]);
        assert_eq!(put(1, 2 << 20), Put::First);
        assert_eq!(put(1, 100), Put::Further);
        assert_eq!(put(1, 2 << 20), Put::Further);
        assert_eq!(put(2, 100), Put::First);
        let lengths = |of: u16| {
            waiting
                .take(client(of))
                .iter()
                .map(|(_, reply)| reply.len())
                .collect::<Vec<_>>()
        };
        assert_eq!(lengths(1), [2 << 20]);
        assert_eq!(lengths(2), [100]);
    }

    #[test]
    fn many_clients_with_large_answers_leave_room_for_small_ones() {
        let waiting = Waiting::default();
        let put = |of: u16, bytes: usize| waiting.put(client(of), (), vec![0; bytes]);
        assert!((0..4).all(|of| put(of, 2 << 20) == Put::First));
        // what would be the largest of all is refused, anything smaller is accepted
        assert_eq!(put(9, (2 << 20) + 1), Put::TooLarge);
        assert!((100..300).all(|of| put(of, 32 << 10) == Put::First));
        let kept = (100..300).filter(|of| waiting.take(client(*of)).len() == 1);
        assert_eq!(kept.count(), 200);
        // somebody still waits for a client that lost its reply, and takes later ones
        let left: usize = (0..4).map(|of| waiting.take(client(of)).len()).sum();
        assert_eq!(left, 0);
        assert_eq!(put(9, 8 << 20), Put::First);
        assert_eq!(put(10, (8 << 20) + 1), Put::TooLarge);
    }
}
