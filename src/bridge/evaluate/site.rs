//! The cluster that evaluates launch files in an image, or why there is none.

use std::sync::Arc;

use futures::future::BoxFuture;

use podbay_core::cluster::Cluster;
use podbay_core::request::{Caller, Refusal};
use podbay_render::profile::Profile;

/// Finds the cluster for an image, or returns why there is none.
pub(crate) type FindCluster =
    Arc<dyn Fn() -> BoxFuture<'static, Result<Arc<dyn Cluster>, NoImage>> + Send + Sync>;

/// Why no image can evaluate a launch file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoImage {
    /// The embedded cluster cannot run images.
    Embedded,
    /// No profile names an image.
    Unnamed,
    /// No cluster is available, for this reason.
    NoCluster(String),
}

impl NoImage {
    /// The reason for `caller`, if there are other ways to evaluate.
    pub(super) fn reason(&self, caller: &Caller) -> &str {
        match (self, caller) {
            (Self::Embedded, _) => "the embedded cluster cannot run images",
            (Self::Unnamed, Caller::Local) => {
                "no profile names an image; use --profile with a profile that has `image: …`"
            }
            (Self::Unnamed, Caller::Graph(_)) => {
                "the launch has no profile with an image; name one of podbay's `profiles`"
            }
            (Self::NoCluster(why), _) => why,
        }
    }

    /// The refusal for `caller`, if only an image may evaluate. A ROS caller cannot choose another way.
    pub(super) fn refusal(&self, caller: &Caller) -> Refusal {
        let reason = self.reason(caller);
        match (self, caller) {
            (Self::Embedded, Caller::Local) => {
                Refusal::from(format!("{reason}; source ROS 2 and use --evaluate here"))
            }
            _ => Refusal::from(reason),
        }
    }
}

/// The cluster that runs the image of `profile`.
pub(super) async fn with_image(find: &FindCluster, profile: &Profile) -> Result<Arc<dyn Cluster>, NoImage> {
    let cluster = find().await?;
    match &profile.container.image {
        _ if cluster.runs_local_processes() => Err(NoImage::Embedded),
        None => Err(NoImage::Unnamed),
        Some(_) => Ok(cluster),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_local_user_is_advised_to_evaluate_elsewhere() {
        let graph = Caller::Graph("a".into());
        let refusal = |why: NoImage, caller: &Caller| why.refusal(caller).message;
        let images = "the embedded cluster cannot run images";
        assert_eq!(refusal(NoImage::Embedded, &graph), images);
        assert_eq!(
            refusal(NoImage::Embedded, &Caller::Local),
            format!("{images}; source ROS 2 and use --evaluate here")
        );
        // a cluster that gives the same reason is not the embedded one
        let same = NoImage::NoCluster(images.to_owned());
        assert_eq!(refusal(same, &Caller::Local), images);
        assert!(refusal(NoImage::Unnamed, &Caller::Local).ends_with("`image: …`"));
        assert!(refusal(NoImage::Unnamed, &graph).ends_with("podbay's `profiles`"));
    }
}
