//! Large numbers of things.

use super::{
    Input, MORE_ERRORS, NODE, TOO_LARGE, TOO_MANY, TOO_MANY_ACTIONS, TOO_MANY_WORDS, loop_of, many, of_list,
    taken, xml,
};

pub(super) fn numbers() -> Vec<Input> {
    let variables = many(20_000, |n| format!(r#"<set_env name="A{n}" value="1"/>"#));
    let parameters = many(20_000, |n| format!(r#"<set_parameter name="a{n}" value="1"/>"#));
    let remaps = many(20_000, |n| format!(r#"<set_remap from="a{n}" to="b"/>"#));
    let required = many(60_000, |n| format!(r#"<arg name="a{n}"/>"#));
    let choices = many(90_000, |n| format!(r#"<choice value="c{n}"/>"#));
    let defaults = many(9_000, |n| format!(r#"<arg name="a{n}" default="1"/>"#));
    let lookups = loop_of(35_000, r#"<let name="x" value="$(param a19999)"/>"#);
    vec![
        xml("processes", &loop_of(99_000, NODE), TOO_MANY),
        xml(
            "processes_of_one_name",
            &loop_of(99_000, r#"<node pkg="p" exec="e" name="n"/>"#),
            TOO_MANY,
        ),
        xml(
            "rounds",
            &loop_of(100_001, NODE),
            "100001 iterations exceed the limit of 100000 actions",
        ),
        xml(
            "loops_over_nothing",
            &loop_of(99_000, &loop_of(99_000, "")),
            TOO_MANY_ACTIONS,
        ),
        xml(
            "loops_over_sets_of_nothing",
            &format!(
                r#"<let name="v" value="$(eval '&quot;~;&quot;*500000')"/>{}"#,
                loop_of(99_000, r#"<for_each values="$(var v)"/>"#)
            ),
            TOO_MANY_ACTIONS,
        ),
        xml(
            "choices",
            &format!(r#"<arg name="a" default="z">{choices}</arg>"#),
            "c19 and 89980 more",
        ),
        xml(
            "variables",
            &format!("{variables}{}", loop_of(20_000, NODE)),
            TOO_LARGE,
        ),
        xml(
            "parameters",
            &format!("{parameters}{}", loop_of(20_000, NODE)),
            TOO_LARGE,
        ),
        xml("remaps", &format!("{remaps}{}", loop_of(20_000, NODE)), TOO_LARGE),
        xml(
            "required_arguments",
            &required,
            "error[PB0214]: argument 'a0' is required",
        ),
        xml("mistakes", &"<nod/>".repeat(190_000), MORE_ERRORS),
        xml(
            "variables_of_some_nodes",
            &format!(
                "{}{}",
                many(9000, |n| format!(r#"<set_env name="A{n}" value="1"/>"#)),
                loop_of(90, NODE)
            ),
            TOO_LARGE,
        ),
        xml(
            "parameters_of_each_node",
            &loop_of(
                2000,
                &format!(
                    r#"<node pkg="p" exec="e">{}</node>"#,
                    many(180, |n| format!(r#"<param name="a{n}" value="1"/>"#))
                ),
            ),
            TOO_LARGE,
        ),
        xml(
            "list_beyond_what_is_read",
            &of_list(200_001),
            "… (400003 bytes)' has more than 200000 values",
        ),
        xml("lists_of_numbers", &loop_of(10, &of_list(199_000)), TOO_LARGE),
        xml(
            "words",
            &format!(r#"<executable cmd="echo{}"/>"#, " a".repeat(1_900_000)),
            TOO_MANY_WORDS,
        ),
        xml(
            "words_of_a_node",
            &format!(r#"<node pkg="p" exec="e" args="{}"/>"#, "a ".repeat(300_000)),
            TOO_MANY_WORDS,
        ),
        taken("many_processes", &loop_of(1500, NODE)),
        taken("default_arguments", &defaults),
        taken("parameters_looked_up", &format!("{parameters}{lookups}")),
        xml(
            "timers",
            &format!(
                r#"<for_each values="{{a: {}}}">{}</for_each>"#,
                "x".repeat(900_000),
                loop_of(60_000, r#"<timer period="1.0"><log message="x"/></timer>"#)
            ),
            TOO_MANY_ACTIONS,
        ),
        taken(
            "groups_in_groups",
            &format!(
                "{}{}{}",
                "<group>".repeat(60),
                loop_of(200, NODE),
                "</group>".repeat(60)
            ),
        ),
    ]
}
