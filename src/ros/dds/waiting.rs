//! Answers whose client cannot hear yet: few for each client, so that one without ears costs nobody else a place.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::participant::Prefix;

/// Answers that wait for one client. Of more the oldest is dropped: who waits for it has asked again.
const OF_ONE: usize = 8;
/// Clients that are waited for.
const CLIENTS: usize = 256;
/// Bytes of all answers that wait.
const BYTES: usize = 8 * 1024 * 1024;

/// Answers by client.
#[derive(Debug)]
pub(super) struct Waiting<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    clients: HashMap<Prefix, VecDeque<(T, Vec<u8>)>>,
    bytes: usize,
}

/// What became of an answer that was put here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It is the first for its client: somebody has to wait for the client, and [`Waiting::take`] then.
    First,
    /// Somebody waits already.
    Further,
    /// There are too many.
    Dropped,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self(Mutex::new(State {
            clients: HashMap::new(),
            bytes: 0,
        }))
    }
}

impl<T> Waiting<T> {
    pub(super) fn put(&self, client: Prefix, to: T, answer: Vec<u8>) -> Put {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = state.clients.contains_key(&client);
        if state.bytes + answer.len() > BYTES || (!known && state.clients.len() >= CLIENTS) {
            return Put::Dropped;
        }
        state.bytes += answer.len();
        let queue = state.clients.entry(client).or_default();
        queue.push_back((to, answer));
        let oldest = (queue.len() > OF_ONE).then(|| queue.pop_front()).flatten();
        state.bytes -= oldest.map_or(0, |(_, answer)| answer.len());
        if known { Put::Further } else { Put::First }
    }

    /// The answers for `client`, oldest first. The next one is the first again.
    pub(super) fn take(&self, client: Prefix) -> VecDeque<(T, Vec<u8>)> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = state.clients.remove(&client).unwrap_or_default();
        state.bytes -= answers.iter().map(|(_, answer)| answer.len()).sum::<usize>();
        answers
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

    #[test]
    fn clients_and_bytes_that_wait_have_a_bound() {
        let waiting = Waiting::default();
        let client = |number: u16| {
            let mut client = [0; 12];
            client[..2].copy_from_slice(&number.to_le_bytes());
            client
        };
        let first = (0..1000).filter(|it| waiting.put(client(*it), (), Vec::new()) == Put::First);
        assert_eq!(first.count(), 256);
        assert_eq!(waiting.put(client(0), (), vec![0; 8 << 20]), Put::Further);
        assert_eq!(waiting.put(client(1), (), vec![0]), Put::Dropped);
        drop(waiting.take(client(0)));
        assert_eq!(waiting.put(client(1), (), vec![0]), Put::Further);
    }
}
