//! The pods, ordered by key; cheap to change and to share.
//!
//! ```text
//!   Table ── Arc ── [ chunk, chunk, chunk, … ]      at most n / 64 or so
//!                       └─ Arc ── [ report, … ]     at most 128, each an Arc
//! ```
//!
//! A clone is one reference count. A change to a shared table copies one chunk and the list of chunks, which
//! are all pointers: some 250 for 10,000 pods, where a map behind an `Arc` would copy 10,000. A change to an
//! unshared table copies nothing.

use std::sync::Arc;

use crate::health::PodReport;
use crate::names::PodKey;

/// A larger chunk is split.
const CHUNK: usize = 128;

type Chunk = Arc<Vec<Arc<PodReport>>>;

/// Pod reports by key. No chunk is empty; keys are sorted within and across chunks.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    chunks: Arc<Vec<Chunk>>,
    len: usize,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, key: &PodKey) -> Option<&Arc<PodReport>> {
        let chunk = self.chunks.get(self.chunk_of(key))?;
        let at = position(chunk, key).ok()?;
        chunk.get(at)
    }

    /// Inserts `report`, and returns the one it replaces.
    pub(super) fn insert(&mut self, report: Arc<PodReport>) -> Option<Arc<PodReport>> {
        let of = self.chunk_of(&report.pod.key);
        let chunks = Arc::make_mut(&mut self.chunks);
        if chunks.is_empty() {
            chunks.push(Chunk::default());
        }
        let chunk = Arc::make_mut(&mut chunks[of]);
        match position(chunk, &report.pod.key) {
            Ok(at) => return Some(std::mem::replace(&mut chunk[at], report)),
            Err(at) => chunk.insert(at, report),
        }
        self.len += 1;
        if chunk.len() > CHUNK {
            let upper = chunk.split_off(CHUNK / 2);
            chunks.insert(of + 1, Arc::new(upper));
        }
        None
    }

    pub(super) fn remove(&mut self, key: &PodKey) -> Option<Arc<PodReport>> {
        let of = self.chunk_of(key);
        let at = position(self.chunks.get(of)?, key).ok()?;
        let chunks = Arc::make_mut(&mut self.chunks);
        let chunk = Arc::make_mut(&mut chunks[of]);
        let removed = chunk.remove(at);
        if chunk.is_empty() {
            chunks.remove(of);
        }
        self.len -= 1;
        Some(removed)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<PodReport>> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// All reports from `key` on.
    pub(super) fn from(&self, key: &PodKey) -> impl Iterator<Item = &Arc<PodReport>> {
        let of = self.chunk_of(key);
        let skip = self
            .chunks
            .get(of)
            .map_or(0, |chunk| position(chunk, key).unwrap_or_else(|at| at));
        self.chunks
            .iter()
            .skip(of)
            .flat_map(|chunk| chunk.iter())
            .skip(skip)
    }

    /// The chunk for `key`: the last one that starts at or before it, or the first.
    fn chunk_of(&self, key: &PodKey) -> usize {
        let starts_before = |chunk: &Chunk| chunk.first().is_some_and(|first| first.pod.key <= *key);
        self.chunks.partition_point(starts_before).saturating_sub(1)
    }
}

fn position(chunk: &[Arc<PodReport>], key: &PodKey) -> Result<usize, usize> {
    chunk.binary_search_by(|report| report.pod.key.cmp(key))
}
