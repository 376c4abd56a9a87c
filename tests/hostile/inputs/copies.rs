//! One large text, copied for every process.

use super::{Input, MEGABYTE, NODE, TOO_LARGE, TOO_MUCH_TEXT, loop_of, with_text, xml};

pub(super) fn copies() -> Vec<Input> {
    let nodes = loop_of(99_000, NODE);
    let before = |setting: &str| format!("{setting}{nodes}");
    vec![
        xml(
            "words_of_one_character",
            &loop_of(
                10,
                &format!(r#"<executable cmd="sleep{}" name="s"/>"#, " 9".repeat(60_000)),
            ),
            TOO_LARGE,
        ),
        xml(
            "set_env",
            &before(&format!(r#"<set_env name="A" value="{MEGABYTE}"/>"#)),
            TOO_LARGE,
        ),
        xml(
            "append_env",
            &before(&format!(r#"<append_env name="A" value="{MEGABYTE}"/>"#)),
            TOO_LARGE,
        ),
        xml(
            "set_parameter",
            &before(&format!(r#"<set_parameter name="a" value="{MEGABYTE}"/>"#)),
            TOO_LARGE,
        ),
        xml(
            "set_remap",
            &before(&format!(r#"<set_remap from="a" to="{MEGABYTE}"/>"#)),
            TOO_LARGE,
        ),
        xml(
            "launch_prefix",
            &before(&format!(r#"<let name="launch-prefix" value="{MEGABYTE}"/>"#)),
            TOO_LARGE,
        ),
        xml(
            "environment_of_plain_text",
            &before(&format!(
                r#"<set_env name="A" value="{}"/>"#,
                "x".repeat(1_000_000)
            )),
            TOO_LARGE,
        ),
        xml(
            "arguments",
            &with_text(r#"<node pkg="p" exec="e" args="$(var v)"/>"#),
            TOO_LARGE,
        ),
        xml(
            "own_environment",
            &with_text(r#"<node pkg="p" exec="e"><env name="A" value="$(var v)"/></node>"#),
            TOO_LARGE,
        ),
        xml(
            "own_parameter",
            &with_text(r#"<node pkg="p" exec="e"><param name="a" value="$(var v)"/></node>"#),
            TOO_LARGE,
        ),
        xml(
            "own_remap",
            &with_text(r#"<node pkg="p" exec="e"><remap from="a" to="$(var v)"/></node>"#),
            TOO_LARGE,
        ),
        xml(
            "command",
            &with_text(r#"<executable cmd="echo $(var v)"/>"#),
            TOO_LARGE,
        ),
        xml("log", &with_text(r#"<log message="$(var v)"/>"#), TOO_LARGE),
        xml(
            "notes",
            &with_text(r#"<unset_env name="$(index i)$(var v)"/>"#),
            TOO_MUCH_TEXT,
        ),
        xml(
            "target_of_components",
            &with_text(
                r#"<load_composable_node target="$(var v)"><composable_node pkg="p" plugin="q" name="n"/></load_composable_node>"#,
            ),
            TOO_LARGE,
        ),
        xml(
            "extra_arguments",
            &with_text(
                r#"<load_composable_node target="/c"><composable_node pkg="p" plugin="q" name="n"><extra_arg name="a" value="$(var v)"/></composable_node></load_composable_node>"#,
            ),
            TOO_LARGE,
        ),
    ]
}
