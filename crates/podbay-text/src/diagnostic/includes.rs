//! The includes that lead to the file of a diagnostic.

use super::Place;

/// Number of includes that are kept at each end of a long chain.
const KEPT: usize = 3;

/// The places of includes, innermost first. Only the ends of a long chain are kept, since a file that includes
/// itself can be hundreds of levels deep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Includes {
    places: Box<[Place]>,
    /// Number of omitted places after the first [`KEPT`].
    omitted: usize,
}

impl Includes {
    /// The chain of `places`, of which `omitted` were left out before.
    pub(super) fn new(places: Vec<Place>, omitted: usize) -> Self {
        let middle = places.len().saturating_sub(2 * KEPT);
        let mut kept = places;
        kept.drain(KEPT.min(kept.len())..KEPT.min(kept.len()) + middle);
        Self {
            places: kept.into(),
            omitted: omitted + middle,
        }
    }

    /// The kept places.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The first places, the number of omitted ones, and the last places.
    pub(super) fn ends(&self) -> (&[Place], usize, &[Place]) {
        let half = if self.omitted == 0 {
            self.places.len()
        } else {
            KEPT
        };
        let (first, last) = self.places.split_at(half.min(self.places.len()));
        (first, self.omitted, last)
    }

    /// Number of omitted places.
    pub(super) fn omitted(&self) -> usize {
        self.omitted
    }
}

impl From<Vec<Place>> for Includes {
    fn from(places: Vec<Place>) -> Self {
        Self::new(places, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_long_chain_is_counted() {
        for (count, kept, omitted) in [(0, 0, 0), (1, 1, 0), (6, 6, 0), (7, 6, 1), (500, 6, 494)] {
            let places: Vec<_> = (1..=count).map(|line| Place::file("b").at_line(line)).collect();
            let includes = Includes::from(places.clone());
            let (first, more, last) = includes.ends();
            assert_eq!((first.len() + last.len(), more), (kept, omitted));
            assert_eq!(first.first(), places.first());
            assert_eq!(first.iter().chain(last).next_back(), places.last());
        }
    }
}
