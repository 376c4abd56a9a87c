//! Misspelt names of middlewares. Other packages may have middlewares that are not known here, so only a very
//! similar name is taken for a misspelling.

use podbay_text::near::nearest_within;

/// Middlewares of ROS, by the names of their packages.
const KNOWN: [&str; 18] = [
    "rmw_connext_cpp",
    "rmw_connextdds",
    "rmw_connextddsmicro",
    "rmw_cyclonedds_cpp",
    "rmw_ecal_dynamic_cpp",
    "rmw_ecal_proto_cpp",
    "rmw_email_cpp",
    "rmw_fastrtps_cpp",
    "rmw_fastrtps_dynamic_cpp",
    "rmw_gurumdds_cpp",
    "rmw_gurumdds_dynamic_cpp",
    "rmw_gurumdds_static_cpp",
    "rmw_iceoryx_cpp",
    "rmw_microxrcedds",
    "rmw_opensplice_cpp",
    "rmw_swiftdds_cpp",
    "rmw_zenoh_cpp",
    "rmw_zenoh_pico_cpp",
];

/// The middleware of which `name` is probably a misspelling.
pub(super) fn meant_by(name: &str) -> Option<&'static str> {
    if KNOWN.contains(&name) {
        return None;
    }
    // a third of all names is the same
    let near = nearest_within(2, own(name), KNOWN.map(own));
    let near = near.and_then(|near| KNOWN.into_iter().find(|known| own(known) == near));
    near.or_else(|| nearest_within(1, name, KNOWN))
}

/// The part that not all names have.
fn own(name: &str) -> &str {
    let name = name.strip_prefix("rmw_").unwrap_or(name);
    name.strip_suffix("_cpp").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_middleware_is_recognized() {
        for (typed, meant) in [
            ("rmw_cyclondds_cpp", "rmw_cyclonedds_cpp"),
            ("rmw_cyclonedds", "rmw_cyclonedds_cpp"),
            ("cyclonedds", "rmw_cyclonedds_cpp"),
            ("rmw_fastrtps_ccp", "rmw_fastrtps_cpp"),
            ("rwm_fastrtps_cpp", "rmw_fastrtps_cpp"),
            ("rmw_fastrps_cpp", "rmw_fastrtps_cpp"),
            ("rmw_connextdds_cpp", "rmw_connextdds"),
            ("rmw_zenho_cpp", "rmw_zenoh_cpp"),
        ] {
            assert_eq!(meant_by(typed), Some(meant), "{typed}");
        }
    }

    #[test]
    fn another_middleware_is_not_a_misspelling() {
        let others = [
            "rmw_dps_cpp",
            "rmw_desert",
            "rmw_iceoryx2_rs",
            "rmw_mydds_cpp",
            "rmw_swift_cpp",
            "rmw_zenoh_nano_cpp",
        ];
        for name in KNOWN.into_iter().chain(others) {
            assert_eq!(meant_by(name), None, "{name}");
        }
    }
}
