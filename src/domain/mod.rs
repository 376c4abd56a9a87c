//! The words every other module shares: pods, launches, descriptions, requests.
//!
//! Nothing here knows Kubernetes client code or ROS client code, and nothing here does I/O.

pub mod argv;
pub mod cancel;
pub mod change;
pub mod description;
pub mod duplicate;
pub mod expected;
pub mod fields;
pub mod formats;
pub mod grace;
pub mod health;
pub mod launch_bounds;
pub mod lengths;
pub mod limits;
pub mod names;
pub mod near;
pub mod node;
pub mod object;
pub mod part;
pub mod pod;
pub mod printed;
pub mod quantity;
pub mod record;
pub mod request;
pub mod seldom;
pub mod shown;
pub mod told;
