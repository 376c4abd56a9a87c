//! ROS messages and services as Rust types, made by `build/` from `msg/` of the repository and `interfaces/`, and how
//! they look on the wire where serde's own derivation is not enough.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeTuple};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A message, request or response.
pub trait Message:
    Serialize + DeserializeOwned + Clone + Default + fmt::Debug + Send + Sync + 'static
{
    /// Name of the type in DDS, `pkg::msg::dds_::Name_`.
    const DDS_TYPE: &'static str;
}

/// A service.
pub trait Service: Send + Sync + 'static {
    /// What a client sends.
    type Request: Message;
    /// What it gets.
    type Response: Message;
    /// Name of the service type in ROS, `pkg/srv/Name`.
    const ROS_TYPE: &'static str;
}

/// An array of `N` elements: a `Vec` here, elements without a length on the wire.
pub struct Fixed<const N: usize>;

impl<const N: usize> Fixed<N> {
    /// Writes `items`, which are `N`.
    pub fn serialize<T: Serialize, S: Serializer>(items: &[T], to: S) -> Result<S::Ok, S::Error> {
        if items.len() != N {
            return Err(S::Error::custom(format!(
                "an array of {N} has {} elements",
                items.len()
            )));
        }
        let mut tuple = to.serialize_tuple(N)?;
        items.iter().try_for_each(|item| tuple.serialize_element(item))?;
        tuple.end()
    }

    /// Reads `N` elements.
    pub fn deserialize<'de, T, D>(from: D) -> Result<Vec<T>, D::Error>
    where
        T: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        from.deserialize_tuple(N, Elements::<T, N>(PhantomData))
    }
}

struct Elements<T, const N: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Elements<T, N> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array of {N} elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut element = |index| {
            seq.next_element()?
                .ok_or_else(|| A::Error::invalid_length(index, &self))
        };
        (0..N).map(&mut element).collect()
    }
}

/// A structure without fields has one byte on the wire, as IDL knows no empty structures.
macro_rules! empty {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_u8(0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                // Some peers leave the byte out.
                let _ = u8::deserialize(from);
                Ok(Self {})
            }
        }
    };
}
pub(crate) use empty;

mod generated {
    #![allow(missing_docs, non_snake_case, clippy::derivable_impls)]
    include!(concat!(env!("OUT_DIR"), "/msgs.rs"));
}
pub use generated::*;
