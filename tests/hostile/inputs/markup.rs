//! XML and YAML themselves.

use super::{Input, NO_DECLARATIONS, many, xml, yaml};

pub(super) fn markup() -> Vec<Input> {
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
            ..xml(
                "attributes",
                "",
                "the element exceeds the limit of 1000 attributes",
            )
        },
        xml(
            "namespaces",
            &"<a xmlns:a='u'/>".repeat(100_000),
            "limit of 64 XML namespaces",
        ),
        xml(
            "deep_elements",
            &("<group>".repeat(90_000) + &"</group>".repeat(90_000)),
            "elements are nested deeper than 64 levels",
        ),
        xml("elements", &"<a/>".repeat(300_000), "limit of 200000 elements"),
        yaml(
            "deep_lists",
            format!("launch: {}", "[".repeat(1_000_000)),
            "lists and mappings are nested deeper than",
        ),
        yaml(
            "deep_maps",
            format!("launch: {}", "{a: ".repeat(500_000)),
            "lists and mappings are nested deeper than",
        ),
        yaml("aliases", anchors(9), "values, counting each use of an alias"),
        yaml(
            "aliases_of_a_long_text",
            format!("a: &a {long}\nlaunch: [{}]", vec!["*a"; 100_000].join(", ")),
            "bytes, counting each use of an alias",
        ),
        yaml(
            "merge_keys",
            format!(
                "a: &a\n  ? {long}\n  : 1\nlaunch: [{}]",
                vec!["{<<: *a}"; 100_000].join(", ")
            ),
            "values merged by << exceed",
        ),
        yaml(
            "file_of_five_megabytes",
            format!("launch: [] # {}", "x".repeat(5_000_000)),
            "limit of 4194304 bytes; split it",
        ),
    ]
}
