//! Launch descriptions that ask for far more than they are long, and what podbay says to each. They are made here, since
//! some are megabytes. `tests/hostile.rs` translates them; a test of the daemon can send the same.

/// A launch description, and its outcome.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    /// `xml` or `yaml`.
    pub(crate) format: &'static str,
    pub(crate) text: String,
    /// Part of the refusal; unset where it is taken.
    pub(crate) refused: Option<&'static str>,
}

const TOO_LARGE: &str = "the launch comes to more than";
const TOO_MANY: &str = "processes and components; `limits.";
const TOO_MUCH_TEXT: &str = "substitutions and parameter files come to more than";

const TOO_MANY_ACTIONS: &str = "more than 100000 actions run";
const TOO_MUCH_WORK: &str = "$(eval …) of the launch ask for too much work all together";

const TOO_MANY_WORDS: &str = "Linux starts no program with more than 2097152 bytes of arguments";
const MORE_MISTAKES: &str = "(there are more mistakes in the file)";

const NO_DECLARATIONS: &str = "a <!DOCTYPE …> with declarations of its own is not taken";

/// A substitution of 31 bytes that becomes a megabyte.
const MEGABYTE: &str = r#"$(eval '&quot;x&quot;*1000000')"#;

const NODE: &str = r#"<node pkg="p" exec="e"/>"#;

fn xml(name: &'static str, body: &str, refused: &'static str) -> Input {
    Input {
        name,
        format: "xml",
        text: format!("<launch>{body}</launch>"),
        refused: Some(refused),
    }
}

fn yaml(name: &'static str, text: String, refused: &'static str) -> Input {
    Input {
        name,
        format: "yaml",
        text,
        refused: Some(refused),
    }
}

fn taken(name: &'static str, body: &str) -> Input {
    Input {
        refused: None,
        ..xml(name, body, "")
    }
}

fn loop_of(rounds: usize, body: &str) -> String {
    format!(r#"<for len="{rounds}" name="i">{body}</for>"#)
}

/// `body` again and again, with a megabyte in `v`.
fn with_text(body: &str) -> String {
    let variable = format!(r#"<let name="v" value="{MEGABYTE}"/>"#);
    variable + &loop_of(99_000, body)
}

/// A node with a list of so many numbers.
fn of_list(length: usize) -> String {
    let list = vec!["1"; length].join(",");
    format!(r#"<node pkg="p" exec="e"><param name="a" value="[{list}]"/></node>"#)
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// All of them.
pub(crate) fn all() -> Vec<Input> {
    [copies(), numbers(), markup(), names(), work()]
        .into_iter()
        .flatten()
        .collect()
}

/// One large text that every process has a copy of.
fn copies() -> Vec<Input> {
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

/// Many of something.
fn numbers() -> Vec<Input> {
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
            "100001 rounds are more than the 100000 actions",
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
            "error[PB0214]: the required argument 'a0' is not given",
        ),
        xml("mistakes", &"<nod/>".repeat(190_000), MORE_MISTAKES),
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

/// XML and YAML themselves.
fn markup() -> Vec<Input> {
    let entity = |before: &str, after: &str| {
        let text = "<launch>".to_owned() + &"&a;".repeat(20_000) + "</launch>";
        format!(
            r#"<!DOCTYPE launch [{before}<!ENTITY a "{}">{after}]>{text}"#,
            "x".repeat(100_000)
        )
    };
    let attributes = many(200_000, |n| format!(r#" a{n}="""#));
    let anchors = |count: usize| {
        let levels = many(count, |n| {
            format!(
                "  a{}: &a{} [{}]\n",
                n + 1,
                n + 1,
                vec![format!("*a{n}"); 10].join(", ")
            )
        });
        format!("launch:\n  a0: &a0 [{}]\n{levels}", ["x"; 10].join(", "))
    };
    let long = "x".repeat(1_000_000);
    vec![
        Input {
            text: entity("", ""),
            ..xml("entities", "", NO_DECLARATIONS)
        },
        Input {
            text: entity(r#"<!ATTLIST x y CDATA "<!--">"#, "<!-- -->"),
            ..xml("entities_behind_what_is_no_comment", "", NO_DECLARATIONS)
        },
        Input {
            text: entity("<!ENTITY b '<![CDATA['>", "<!-- ]]> -->"),
            ..xml("entities_behind_what_is_no_section", "", NO_DECLARATIONS)
        },
        Input {
            text: entity("<!ATTLIST x y CDATA '<?'>", "<?x ?>"),
            ..xml("entities_behind_what_is_no_instruction", "", NO_DECLARATIONS)
        },
        Input {
            text: format!("<launch{attributes}/>"),
            ..xml("attributes", "", "an element has more than 1000 attributes")
        },
        xml(
            "namespaces",
            &"<a xmlns:a='u'/>".repeat(100_000),
            "more than 64 XML namespaces",
        ),
        xml(
            "deep_elements",
            &("<group>".repeat(90_000) + &"</group>".repeat(90_000)),
            "elements nest deeper than 64",
        ),
        xml("elements", &"<a/>".repeat(300_000), "more than 200000 elements"),
        yaml(
            "deep_lists",
            format!("launch: {}", "[".repeat(1_000_000)),
            "lists and mappings nest too deep",
        ),
        yaml(
            "deep_maps",
            format!("launch: {}", "{a: ".repeat(500_000)),
            "lists and mappings nest too deep",
        ),
        yaml("aliases", anchors(9), "values, counting every use of an alias"),
        yaml(
            "aliases_of_a_long_text",
            format!("a: &a {long}\nlaunch: [{}]", vec!["*a"; 100_000].join(", ")),
            "bytes, counting every use of an alias",
        ),
        yaml(
            "merge_keys",
            format!(
                "a: &a\n  ? {long}\n  : 1\nlaunch: [{}]",
                vec!["{<<: *a}"; 100_000].join(", ")
            ),
            "<< brings more than",
        ),
        yaml(
            "file_of_five_megabytes",
            format!("launch: [] # {}", "x".repeat(5_000_000)),
            "larger than 4194304 bytes; split it",
        ),
    ]
}

/// Long names of what has many parts.
fn names() -> Vec<Input> {
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
            "xxx… (900000 bytes): 'xxx",
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
            MORE_MISTAKES,
        ),
        yaml(
            "keys_that_are_none_in_elements",
            format!(
                "launch:\n- node:\n    pkg: p\n    exec: e\n    param:\n{}",
                many(60_000, |n| format!("    - {{nam: a{n}, valu: 1}}\n"))
            ),
            MORE_MISTAKES,
        ),
    ]
}

/// What takes time.
fn work() -> Vec<Input> {
    let double =
        r#"<let name="v" value="x"/>"#.to_owned() + &r#"<let name="v" value="$(var v)$(var v)"/>"#.repeat(40);
    let words = "a ".repeat(500_000);
    vec![
        xml(
            "a_text_that_doubles",
            &double,
            "a text grows beyond 1048576 bytes",
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
