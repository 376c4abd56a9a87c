//! The content of an interface file.

/// One `.msg` or `.srv` file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Interface {
    /// Package it belongs to.
    pub(crate) package: String,
    /// File name without its extension.
    pub(crate) name: String,
    /// What it defines.
    pub(crate) definition: Definition,
}

/// What a file defines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Definition {
    /// A message.
    Message(Structure),
    /// A service.
    Service {
        /// Above the `---`.
        request: Structure,
        /// Below it.
        response: Structure,
    },
}

/// The members of a message, a request or a response.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Structure {
    /// Comment at the head of the file.
    pub(crate) doc: Vec<String>,
    /// Fields in the order of the wire.
    pub(crate) fields: Vec<Field>,
    /// Constants.
    pub(crate) constants: Vec<Constant>,
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// Comment above it.
    pub(crate) doc: Vec<String>,
    /// Name.
    pub(crate) name: String,
    /// Type of the field, or of its elements.
    pub(crate) base: Base,
    /// Whether it is an array, and which.
    pub(crate) array: Array,
    /// Rust expression of its default value.
    pub(crate) default: Option<String>,
}

/// One constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constant {
    /// Name.
    pub(crate) name: String,
    /// Type.
    pub(crate) base: Base,
    /// Rust expression of its value.
    pub(crate) value: String,
}

/// A type without its array suffix.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Base {
    /// A number or a boolean, by its Rust name.
    Primitive(&'static str),
    /// Text.
    String,
    /// Another message.
    Message {
        /// Its package.
        package: String,
        /// Its name.
        name: String,
    },
}

/// Array suffix of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Array {
    /// No array.
    No,
    /// A fixed number of elements, without a length on the wire.
    Fixed(usize),
    /// Any number of elements, with a length on the wire. Upper bounds are left to the receiver.
    Sequence,
}
