//! Cases of rendering: the folders of `tests/render` and `tests/picture`.

#![allow(clippy::unwrap_used)]

#[path = "rendered/api_server.rs"]
mod api_server;
#[path = "rendered/demo.rs"]
#[allow(dead_code, reason = "shared with tests/rendered.rs")]
mod demo;
#[path = "cases/manifests.rs"]
mod manifests;
#[path = "cases/picture.rs"]
mod picture;

use std::process::ExitCode;

use podbay_testing::Cases;

fn main() -> ExitCode {
    let cluster = Some("needs KUBECONFIG (tests/control-plane/up)");
    let graphviz = Some("needs Graphviz (Debian package graphviz)");
    podbay_testing::run([
        Cases::folders("tests/render", 92, manifests::output).check(
            "an_api_server_takes_it",
            cluster,
            manifests::is_accepted,
        ),
        Cases::folders("tests/picture", 4, picture::output).check(
            "graphviz_draws_it",
            graphviz,
            picture::is_drawn,
        ),
    ])
}
