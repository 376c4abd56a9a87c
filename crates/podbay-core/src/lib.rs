//! The domain of podbay, and the decisions about it. Does no I/O and depends on no ROS or Kubernetes client.
//!
//! ```text
//!   change ──> model ── health ──> snapshots, for everyone who reads
//!   a request of a caller ── policy ──> allowed, or the reasons why not
//!   cluster: the port to a cluster
//! ```

pub mod change;
pub mod cluster;
pub mod fields;
pub mod formats;
pub mod grace;
pub mod health;
pub mod launch;
pub mod launch_id;
pub mod model;
pub mod names;
pub mod node;
pub mod object;
pub mod part;
pub mod pod;
pub mod policy;
pub mod quantity;
pub mod record;
pub mod report_size;
pub mod request;
pub mod workload;
