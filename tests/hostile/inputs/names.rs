//! Long names of things with many parts, and long computations.

use super::{
    Input, MORE_ERRORS, TOO_MANY_ACTIONS, TOO_MUCH_TEXT, TOO_MUCH_WORK, loop_of, many, with_text, xml, yaml,
};

pub(super) fn names() -> Vec<Input> {
    let long = "x".repeat(1_000_000);
    let children = r#"<param name="a" value="1"/>"#.repeat(90_000);
    let node = format!(r#"<node pkg="p" exec="e"><param name="{long}">{children}</param></node>"#);
    vec![
        xml("name_of_nested_parameters", &node, TOO_MUCH_TEXT),
        xml(
            "name_of_a_loop",
            &format!(
                r#"<for len="60000" name="{long}"><timer period="1.0"><log message="x"/></timer></for>"#
            ),
            TOO_MANY_ACTIONS,
        ),
        xml("name_that_is_none", &format!(r#"<{long}/>"#), "unknown action"),
        xml(
            "name_in_an_expression",
            &format!(r#"<let name="v" value="$(eval '{}')"/>"#, "x".repeat(900_000)),
            "xxx… (900000 bytes)): unknown name 'xxx",
        ),
        yaml(
            "key_that_is_none",
            format!("launch:\n- node:\n    pkg: p\n    exec: e\n    ? {long}\n    : 1\n"),
            "xxx… (1000000 bytes)' in <node>",
        ),
        yaml(
            "keys_that_are_none",
            format!(
                "launch:\n- node:\n    pkg: p\n    exec: e\n{}",
                many(90_000, |n| format!("    name_of_something_{n}: 1\n"))
            ),
            MORE_ERRORS,
        ),
        yaml(
            "keys_that_are_none_in_elements",
            format!(
                "launch:\n- node:\n    pkg: p\n    exec: e\n    param:\n{}",
                many(60_000, |n| format!("    - {{nam: a{n}, valu: 1}}\n"))
            ),
            MORE_ERRORS,
        ),
    ]
}

pub(super) fn work() -> Vec<Input> {
    let double =
        r#"<let name="v" value="x"/>"#.to_owned() + &r#"<let name="v" value="$(var v)$(var v)"/>"#.repeat(40);
    let words = "a ".repeat(500_000);
    vec![
        xml(
            "a_text_that_doubles",
            &double,
            "the text exceeds the limit of 1048576 bytes",
        ),
        xml(
            "many_large_texts",
            &with_text(r#"<let name="w" value="$(var v)"/>"#),
            TOO_MUCH_TEXT,
        ),
        xml(
            "a_list",
            r#"<let name="v" value="$(eval 'len([0]*9000000)')"/>"#,
            "too much work",
        ),
        xml(
            "nested_loops",
            r#"<let name="v" value="$(eval '[a for a in range(9999) for b in range(9999)]')"/>"#,
            "too much work",
        ),
        xml(
            "a_power",
            r#"<let name="v" value="$(eval '&quot;x&quot;*10**12')"/>"#,
            "too much work",
        ),
        xml(
            "expressions",
            &loop_of(
                99_000,
                r#"<let name="v" value="$(eval 'sorted([-x for x in range(60000)])')"/>"#,
            ),
            TOO_MUCH_WORK,
        ),
        xml(
            "short_expressions",
            &loop_of(
                45_000,
                &format!(r#"<log message="{}"/>"#, "$(eval '1')".repeat(30)),
            ),
            TOO_MUCH_WORK,
        ),
        xml(
            "words",
            &format!(r#"<let name="v" value="$(all {}a)"/>"#, words),
            "'a' is not true or false",
        ),
    ]
}
