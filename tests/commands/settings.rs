//! Arguments, variables and files that a command does not accept, and their exit codes.

use std::fs;

use super::{CHATTY, Folder, check};

#[test]
fn names_that_kubernetes_does_not_take_are_refused_where_they_are_typed() {
    let folder = Folder::new("names", CHATTY);
    let translate = |more: &[&str]| folder.run(&[&["translate", "main.launch.xml"], more].concat());
    check(
        &translate(&["--namespace", "Bad NS"]),
        2,
        "at most 63 lowercase letters",
    );
    check(&translate(&["--id", ""]), 2, "invalid value '' for '--id <ID>'");
    check(
        &translate(&["--id", &"a".repeat(41)]),
        2,
        "use at most 40 lowercase letters, digits and single '-' between them",
    );
    check(
        &translate(&["sim:true"]),
        2,
        "error[PB0216]: 'sim:true' is not a launch argument",
    );
    let good = translate(&["--namespace", "robots", "--id", "mine"]);
    assert!(good.status.success(), "{good:?}");
}

#[test]
fn a_profile_that_is_not_there_is_told_with_what_named_it() {
    let folder = Folder::new("profiles", CHATTY);
    let config = folder.0.join("podbay.yaml");
    let translate = |more: &[&str]| {
        folder.run(&[&["translate", "main.launch.xml", "--config", "podbay.yaml"], more].concat())
    };
    fs::write(&config, "profiles: {sim: sim.yaml}\nprofile: none.yaml\n").unwrap();
    fs::write(folder.0.join("sim.yaml"), "image: a\n").unwrap();
    check(
        &translate(&[]),
        1,
        "error[PB0101]: `profile`: cannot read none.yaml: No such file or directory\n --> podbay.yaml:2:10\n",
    );
    check(
        &translate(&["--profile", "simm"]),
        1,
        "error[PB0101]: --profile: cannot read simm: No such file",
    );
    check(
        &translate(&["--profile", "simm"]),
        1,
        "= help: did you mean `sim`, a profile of the configuration file?",
    );
    check(
        &translate(&["--profile", "none"]),
        1,
        "= help: give a file, or a name under `profiles`: sim",
    );
    check(
        &folder.run(&["translate", "main.launch.xml", "--config", "none"]),
        1,
        "error[PB0101]: the configuration: cannot read none: No such file or directory",
    );
    assert!(translate(&["--profile", "sim"]).status.success());
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn an_error_in_a_profile_is_shown_with_its_line_at_the_start() {
    let folder = Folder::new("profile-line", CHATTY);
    fs::write(folder.0.join("sim.yaml"), "image: a\nimages: b\n").unwrap();
    let words = [
        "launch",
        "main.launch.xml",
        "--cluster",
        "embedded",
        "--profile",
        "sim.yaml",
    ];
    let failed = folder.run(&words);
    check(&failed, 1, "--> sim.yaml:2:1\n");
    check(&failed, 1, "2 | images: b\n");
}

#[test]
fn a_release_that_podbay_does_not_know_is_told() {
    let folder = Folder::new("release", CHATTY);
    let translate = |distro: &str| {
        let mut command = folder.podbay(&["translate", "main.launch.xml"]);
        let output = command.env("ROS_DISTRO", distro).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(translate("jazy").starts_with("note: unknown ROS_DISTRO \"jazy\""));
    assert!(!translate("jazzy").contains("ROS_DISTRO"));
}

#[test]
fn who_has_no_cluster_is_told_of_the_embedded_one_but_not_where_an_image_is_needed() {
    let folder = Folder::new("cluster", CHATTY);
    fs::write(folder.0.join("main.launch.py"), "").unwrap();
    check(
        &folder.run(&["stop", "demo"]),
        1,
        "no cluster is configured: KUBECONFIG is not set",
    );
    check(
        &folder.run(&["stop", "demo"]),
        1,
        "To run without a cluster: --cluster embedded",
    );
    let python = folder.run(&["translate", "main.launch.py", "--evaluate", "image"]);
    check(&python, 1, "no cluster is configured: KUBECONFIG is not set");
    assert!(!String::from_utf8_lossy(&python.stderr).contains("--cluster embedded"));
}

#[test]
fn a_wrong_command_line_is_told_by_the_exit_code_and_a_wrong_variable_by_its_name() {
    let folder = Folder::new("misuse", CHATTY);
    for words in [
        ["translate", "a", "b", "c"].as_slice(),
        &["translate", "main.launch.xml", "robot=r2d2"],
        &["translate", "main.launch.xml", "--http", "foo"],
        &["translate", "main.launch.xml", "--ros-args", "--foo"],
        &[
            "translate",
            "main.launch.xml",
            "--ros-args",
            "-p",
            "use_sim_time:=maybe",
        ],
        &["launch", "main.launch.xml", "--detach", "--cluster", "embedded"],
        &["translate", "main.launch.xml", "--evaluate-timeout", "abc"],
    ] {
        check(&folder.run(words), 2, "");
    }
    for (variable, value) in [
        ("PODBAY_CLUSTER", "foo"),
        ("PODBAY_EVALUATE", "foo"),
        ("PODBAY_EVALUATE_TIMEOUT", "0"),
        ("PODBAY_NAMESPACE", "Bad NS"),
        ("PODBAY_HTTP", "foo"),
    ] {
        let mut command = folder.podbay(&["translate", "main.launch.xml"]);
        let output = command.env(variable, value).output().unwrap();
        check(&output, 2, &format!("invalid value '{value}' for '{variable}'"));
    }
    let with = |variable: &str, value: &str| {
        let mut command = folder.podbay(&["translate", "main.launch.xml"]);
        command.env(variable, value).output().unwrap()
    };
    check(
        &with("PODBAY_PROFILE", "none.yaml"),
        1,
        "error[PB0101]: PODBAY_PROFILE: cannot read none.yaml",
    );
    let option = folder.run(&["translate", "main.launch.xml", "--http", "localhost:80"]);
    check(
        &option,
        2,
        "invalid value 'localhost:80' for '--http <ADDRESS>': use IP:PORT",
    );
    check(
        &with("ROS_DOMAIN_ID", "233"),
        2,
        "error: ROS_DOMAIN_ID is `233`; it must be a number from 0 to 232\n",
    );
    // a file that is not there is another error, whatever names it
    for option in ["--package-path", "--params-file"] {
        let words: &[&str] = if option == "--params-file" {
            &["--ros-args", option, "none"]
        } else {
            &[option, "none"]
        };
        check(
            &folder.run(&[&["translate", "main.launch.xml"], words].concat()),
            1,
            &format!("error[PB0101]: {option}: cannot read none: No such file or directory\n"),
        );
    }
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn commands_without_launch_files_ignore_profiles() {
    let folder = Folder::new("no-profile", CHATTY);
    let config = "profile: none.yaml\nprofiles: {sim: none.yaml}\n";
    fs::write(folder.0.join("podbay.yaml"), config).unwrap();
    for command in [["status"].as_slice(), &["stop", "demo"]] {
        for profile in ["none.yaml", "sim"] {
            let options = ["--profile", profile, "--config", "podbay.yaml"];
            let none = "error: no cluster is configured: KUBECONFIG is not set";
            check(&folder.run(&[command, &options].concat()), 1, none);
        }
    }
}

#[test]
fn every_command_reports_what_a_filter_of_the_log_cannot_do() {
    let folder = Folder::new("filter", CHATTY);
    for words in [
        ["translate", "main.launch.xml"].as_slice(),
        &["status", "--cluster", "embedded"],
    ] {
        let warned = |variable: &str, value: &str, warning: &str| {
            let output = folder.podbay(words).env(variable, value).output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(said.contains(&format!("[podbay] WARN {warning}")), "{said}");
            assert_eq!(said.matches(variable).count(), 1, "{said}");
        };
        warned("RUST_LOG", "a=b=c", "RUST_LOG: cannot parse \"a=b=c\"");
        warned("RUST_LOG", "debugg", "RUST_LOG: cannot parse \"debugg\"");
        warned(
            "PODBAY_LOG",
            "want",
            "PODBAY_LOG=want logs nothing of podbay itself",
        );
        let level = folder.run(&[words, &["--ros-args", "--log-level", "loud"]].concat());
        let said = String::from_utf8(level.stderr).unwrap();
        assert!(
            said.contains("[podbay] WARN unknown --log-level loud; use debug, info"),
            "{said}"
        );
    }
}

#[test]
fn colours_are_not_forced_by_zero() {
    let folder = Folder::new("colours", "<launch><nod/></launch>");
    for words in [["translate", "main.launch.xml"], ["translate", "--nope"]] {
        for (force, expected) in [("0", false), ("1", true)] {
            let output = folder
                .podbay(&words)
                .env("CLICOLOR_FORCE", force)
                .output()
                .unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(
                said.contains('\u{1b}'),
                expected,
                "CLICOLOR_FORCE={force}: {said}"
            );
        }
    }
}

#[test]
fn a_variable_that_is_empty_is_one_that_is_not_set() {
    let folder = Folder::new("empty", CHATTY);
    let help = String::from_utf8(folder.run(&["--help"]).stdout).unwrap();
    let variables = help
        .split("[env: ")
        .skip(1)
        .map(|rest| rest.split('=').next().unwrap());
    let mut command = folder.podbay(&["translate", "main.launch.xml"]);
    let mut count = 0;
    for variable in variables.chain(["PODBAY_LOG", "ROS_DOMAIN_ID", "ROS_DISTRO", "KUBECONFIG"]) {
        command.env(variable, "");
        count += 1;
    }
    assert_eq!(count, 12);
    let output = command.output().unwrap();
    check(&output, 0, "");
    let unset = folder.run(&["translate", "main.launch.xml"]);
    assert_eq!((output.stdout, output.stderr), (unset.stdout, unset.stderr));
}
