//! Warns at the start of ROS middleware settings in the environment that this backend does not support.
//! Otherwise podbay and the nodes around it would not discover each other, without any explanation.

/// An environment variable, and when it matters.
struct Setting {
    variable: &'static str,
    /// Whether a value is unsupported.
    matters: fn(&str) -> bool,
    /// What podbay does instead.
    consequence: &'static str,
}

/// RMWs that use DDS's wire protocol, and can communicate with each other.
const RTPS: [&str; 6] = [
    "rmw_fastrtps_cpp",
    "rmw_fastrtps_dynamic_cpp",
    "rmw_cyclonedds_cpp",
    "rmw_connextdds",
    "rmw_connextddsmicro",
    "rmw_gurumdds_cpp",
];

const NOT_READ: &str = "podbay's own DDS ignores it: it uses multicast discovery and UDP on every interface";

/// Settings that are not supported by [`MULTICAST_ONLY`](super::MULTICAST_ONLY), by plain DDS over UDP, and
/// without security.
const SETTINGS: [Setting; 10] = [
    Setting {
        variable: "RMW_IMPLEMENTATION",
        matters: |value| !RTPS.contains(&value),
        consequence: "podbay uses DDS, so it and nodes on this middleware will not discover each other",
    },
    Setting {
        variable: "ROS_DISCOVERY_SERVER",
        matters: |_| true,
        consequence: "podbay discovers others only by multicast, so nodes that use this server will not discover it",
    },
    Setting {
        variable: "ROS_STATIC_PEERS",
        matters: |_| true,
        consequence: "podbay discovers others only by multicast, and ignores these peers",
    },
    Setting {
        variable: "ROS_SECURITY_ENABLE",
        matters: |value| value == "true",
        consequence: "podbay joins without DDS security, so secured nodes will not communicate with it",
    },
    Setting {
        variable: "FASTDDS_BUILTIN_TRANSPORTS",
        matters: |value| !matches!(value.split('?').next(), Some("DEFAULT" | "UDPv4")),
        consequence: "podbay uses UDP over IPv4, so nodes with only other transports will not receive its messages",
    },
    not_read("FASTRTPS_DEFAULT_PROFILES_FILE"),
    not_read("FASTDDS_DEFAULT_PROFILES_FILE"),
    not_read("CYCLONEDDS_URI"),
    not_read("NDDS_QOS_PROFILES"),
    Setting {
        variable: "ROS_AUTOMATIC_DISCOVERY_RANGE",
        matters: |value| value == "SYSTEM_DEFAULT",
        consequence: "podbay treats it as SUBNET, since it does not read the middleware's own configuration",
    },
];

const fn not_read(variable: &'static str) -> Setting {
    Setting {
        variable,
        matters: |_| true,
        consequence: NOT_READ,
    }
}

/// How to use all of these settings.
const WAY_OUT: &str = "build podbay with --features r2r to use the middleware of the sourced ROS 2 with all its \
     settings; otherwise unset the variable (pods get theirs from the profile's discovery and env)";

/// One sentence for each setting of `environment` that podbay's own DDS does not support.
pub(crate) fn unhonoured(environment: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let said = |setting: &Setting| {
        let value = environment(setting.variable).filter(|value| !value.is_empty())?;
        let (variable, consequence) = (setting.variable, setting.consequence);
        let value = podbay_text::lengths::short(&value);
        (setting.matters)(&value).then(|| format!("{variable} is {value}, but {consequence}; {WAY_OUT}"))
    };
    SETTINGS.iter().filter_map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variable: &str, value: &str, word: Option<&str>) {
        let said = unhonoured(|asked| (asked == variable).then(|| value.to_owned()));
        match word {
            None => assert_eq!(said, Vec::<String>::new()),
            Some(word) => {
                assert_eq!(said.len(), 1, "{said:?}");
                let start = format!("{variable} is {value}, but ");
                assert!(said[0].starts_with(&start) && said[0].contains(word), "{said:?}");
                assert!(said[0].contains("--features r2r"), "{said:?}");
            }
        }
    }

    #[test]
    fn what_the_shell_asks_in_vain_is_said() {
        check("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp", None);
        check("RMW_IMPLEMENTATION", "rmw_cyclonedds_cpp", None);
        check("RMW_IMPLEMENTATION", "", None);
        check("RMW_IMPLEMENTATION", "rmw_zenoh_cpp", Some("podbay uses DDS"));
        check("ROS_DISCOVERY_SERVER", "10.0.0.1:11811", Some("multicast"));
        check("ROS_STATIC_PEERS", "10.0.0.1;10.0.0.2", Some("peers"));
        check("ROS_SECURITY_ENABLE", "false", None);
        check("ROS_SECURITY_ENABLE", "true", Some("secured nodes"));
        check("FASTDDS_BUILTIN_TRANSPORTS", "UDPv4", None);
        check("FASTDDS_BUILTIN_TRANSPORTS", "LARGE_DATA", Some("transports"));
        check("FASTRTPS_DEFAULT_PROFILES_FILE", "/a.xml", Some("ignores it"));
        check("CYCLONEDDS_URI", "file:///a.xml", Some("ignores it"));
        check("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET", None);
        check("ROS_AUTOMATIC_DISCOVERY_RANGE", "SYSTEM_DEFAULT", Some("SUBNET"));
        check("ROS_DOMAIN_ID", "7", None);
    }
}
