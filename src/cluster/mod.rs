//! A Kubernetes cluster behind the port [`Cluster`](podbay_core::cluster::Cluster).

pub mod kube;
