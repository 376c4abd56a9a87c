//! What all keys of a profile have in common: they are read, and later values override or extend earlier
//! ones.
//!
//! A section is a struct whose fields are keys of a profile. [`section!`] generates both from one list, so
//! that a new key is one line:
//!
//! ```ignore
//! section! {
//!     /// What a container gets.
//!     pub struct Container {
//!         /// Container image.
//!         image: Option<String> = "image",
//!     }
//! }
//! ```

use std::collections::BTreeMap;

use serde::de::MapAccess;

use super::check::Found;

/// Some of the keys of a profile.
pub(super) trait Section: Default {
    /// Names of the keys.
    const KEYS: &'static [&'static str];

    /// Reads the value of `key`, if it belongs to this section.
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error>;

    /// Merges a later rule into this.
    fn merge(&mut self, later: &Self);

    /// The first value that its type does not accept.
    fn check(&self) -> Result<(), Found>;
}

/// A value that a later one changes.
pub(super) trait Merge {
    /// Merges `later` into this; both are at `key`.
    fn merge(&mut self, later: &Self, key: &str);

    /// The first part of this value, which is at `key`, that its type does not accept. Most values are checked
    /// while they are read.
    fn check(&self, _key: &str) -> Result<(), Found> {
        Ok(())
    }
}

/// A later value replaces an earlier one.
impl<T: Clone> Merge for Option<T> {
    fn merge(&mut self, later: &Self, _: &str) {
        if later.is_some() {
            self.clone_from(later);
        }
    }
}

/// Appended, without duplicates.
impl Merge for Vec<String> {
    fn merge(&mut self, later: &Self, _: &str) {
        for entry in later {
            if !self.contains(entry) {
                self.push(entry.clone());
            }
        }
    }
}

/// Merged key by key.
impl Merge for BTreeMap<String, String> {
    fn merge(&mut self, later: &Self, _: &str) {
        self.extend(later.clone());
    }
}

macro_rules! section {
    ($(#[$about:meta])* $visible:vis struct $name:ident {
        $($(#[$doc:meta])* $field:ident: $kind:ty = $key:literal,)*
    }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq)]
        $visible struct $name {
            $($(#[$doc])* $visible $field: $kind,)*
        }

        impl $crate::profile::section::Section for $name {
            const KEYS: &'static [&'static str] = &[$($key),*];

            fn take<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                key: &str,
                map: &mut A,
            ) -> Result<bool, A::Error> {
                match key {
                    $($key => self.$field = map.next_value()?,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }

            fn merge(&mut self, later: &Self) {
                $($crate::profile::section::Merge::merge(&mut self.$field, &later.$field, $key);)*
            }

            fn check(&self) -> Result<(), $crate::profile::check::Found> {
                $($crate::profile::section::Merge::check(&self.$field, $key)?;)*
                Ok(())
            }
        }
    };
}

pub(super) use section;
