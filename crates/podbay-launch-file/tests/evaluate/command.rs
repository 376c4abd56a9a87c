//! `$(command …)`: what a launch file makes of what a command writes, and who may have one run.

use podbay_description::Description;
use podbay_launch_file::{CommandLine, CommandOutput, Options, Source, evaluate};
use podbay_text::diagnostic::Diagnostic;

/// Writes its words, one a line, and what the variable says that `set_env` sets; `bad` and `false` fail, `loud` complains, `length`
/// writes how long its word is.
fn echo(line: &CommandLine) -> Result<CommandOutput, String> {
    if line.words[0] == "length" {
        return Ok(CommandOutput {
            exit_code: 0,
            output: line.words[1].len().to_string(),
            errors: String::new(),
        });
    }
    if line.words[0] == "false" {
        return Ok(CommandOutput {
            exit_code: 1,
            output: String::new(),
            errors: String::new(),
        });
    }
    let complaint = if line.words[0] == "quiet" { "" } else { "oops\n" };
    let greeting = line.environment.get("GREETING").map_or("", String::as_str);
    let merged = if line.merged { complaint } else { "" };
    Ok(CommandOutput {
        exit_code: i32::from(line.words[0] == "bad"),
        output: format!("{}|{greeting}|{merged}", line.words.join("\n")),
        errors: if line.merged {
            String::new()
        } else {
            complaint.to_owned()
        },
    })
}

fn run(command: &str, options: Options) -> Result<Description, Vec<Diagnostic>> {
    let text = format!(
        r#"<launch><set_env name="GREETING" value="hello"/><log message="$(command {command})"/></launch>"#
    );
    let name = "text".to_owned();
    let format = None;
    evaluate(&Source::Text { name, text, format }, &options)
}

fn allowed(command: &str) -> Result<Description, String> {
    let options = Options {
        commands: Some(echo),
        package_prefixes: vec![concat!(env!("CARGO_MANIFEST_DIR"), "/tests/prefix").into()],
        ..Options::default()
    };
    run(command, options).map_err(|problems| problems[0].message.clone())
}

#[test]
fn a_command_is_split_as_a_shell_would_and_sees_the_environment_of_the_launch_file() {
    let description = allowed("'quiet \\'a b\\' c'").unwrap();
    assert_eq!(description.messages, ["quiet\na b\nc|hello|"]);
}

#[test]
fn packages_in_a_command_are_looked_up_here_and_those_it_prints_in_the_container() {
    let quiet = |words: &str| allowed(&format!("'quiet {words}'")).unwrap().messages.remove(0);
    let share = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/prefix/share");
    // What the command itself is given can not be seen in what it prints.
    let length = |word: &str| allowed(&format!("'length {word}'")).unwrap().messages.remove(0);
    let path = format!("{share}/demo_bringup/x");
    assert_eq!(length("$(find-pkg-share demo_bringup)/x"), path.len().to_string());
    let printed = quiet(&format!(
        "file://{path} {share}/demo_bringup {share}/other/x {share}/demo_bringup.tar /old{path} /else/demo_bringup/x"
    ));
    let expected = [
        "quiet",
        "file://$(find-pkg-share demo_bringup)/x",
        "$(find-pkg-share demo_bringup)",
        &format!("{share}/other/x"),
        &format!("{share}/demo_bringup.tar"),
        &format!("/old{path}"),
        "/else/demo_bringup/x|hello|",
    ];
    assert_eq!(printed, expected.join("\n"));
}

#[test]
fn standard_error_fails_unless_the_second_argument_says_otherwise() {
    assert!(
        allowed("loud")
            .unwrap_err()
            .contains("'ignore', 'warn' or 'capture'")
    );
    assert!(allowed("loud fail").is_err());
    let ignored = allowed("loud ignore").unwrap();
    assert_eq!(
        (ignored.messages, ignored.problems),
        (vec!["loud|hello|".to_owned()], vec![])
    );
    let warned = allowed("loud warn").unwrap();
    assert!(
        warned.problems[0].message.ends_with("oops")
            && (warned.problems[0].place.line, warned.problems[0].place.column) == (1, 63),
        "{:?}",
        warned.problems
    );
    assert_eq!(allowed("loud capture").unwrap().messages, ["loud|hello|oops\n"]);
    assert!(allowed("loud shout").unwrap_err().contains("'shout'"));
}

#[test]
fn a_command_that_fails_is_an_error_with_what_it_said() {
    let error = allowed("bad ignore").unwrap_err();
    assert_eq!(error, "$(command bad) failed with exit code 1: oops");
    assert_eq!(
        allowed("false").unwrap_err(),
        "$(command false) failed with exit code 1"
    );
    assert!(allowed("'open \\''").unwrap_err().contains("quotation mark"));
}

#[test]
fn the_error_for_a_command_says_how_to_allow_it() {
    let problems = run("ls", Options::default()).unwrap_err();
    assert!(problems[0].text().contains("--allow-command"), "{}", problems[0]);
}
