//! Decides what is logged: by `PODBAY_LOG`, otherwise `RUST_LOG`, otherwise `--log-level`. Pure.
//!
//! Both variables have the syntax of tracing's filters: `debug`, `podbay=debug,hyper`. `PODBAY_LOG` is for
//! podbay only, so an invalid directive is an error. `RUST_LOG` is for every Rust program, so an invalid
//! directive is reported and ignored; if none is left, it counts as unset.

use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{Directive, LevelFilter, Targets};

use podbay_text::near;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Why `PODBAY_LOG` is invalid.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: cannot parse {directive:?}: {why}")]
pub struct Error {
    variable: &'static str,
    directive: String,
    why: String,
}

/// What is logged.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    directives: Vec<String>,
    /// Warnings for the user.
    pub(super) warnings: Vec<String>,
}

/// Whether podbay itself logged a record.
pub(super) fn is_own(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with("podbay")
}

impl Filter {
    /// Chooses the filter. `level` applies if neither variable is set.
    pub(super) fn choose(
        level: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let set = |name| variable(name).filter(|value| !value.trim().is_empty());
        if let Some(value) = set("PODBAY_LOG") {
            return Self::strict("PODBAY_LOG", &value);
        }
        let of_level = Self::of_level(level);
        match set("RUST_LOG") {
            Some(value) => Ok(Self::lenient("RUST_LOG", &value, of_level)),
            None => Ok(of_level),
        }
    }

    /// Libraries are logged only on request, since podbay reports their errors itself.
    fn of_level(level: Option<&str>) -> Self {
        let (level, warning) = known(level);
        Self {
            directives: vec![format!("podbay={level}")],
            warnings: warning.into_iter().collect(),
        }
    }

    fn strict(variable: &'static str, value: &str) -> Result<Self, Error> {
        let mut filter = Self::default();
        for directive in split(value) {
            check(variable, directive)?;
            filter.directives.push(directive.to_owned());
        }
        filter.warnings.extend(filter.silent(variable));
        Ok(filter)
    }

    /// `of_level` applies if no directive is valid.
    fn lenient(variable: &'static str, value: &str, of_level: Self) -> Self {
        let mut filter = Self::default();
        for directive in split(value) {
            match check(variable, directive) {
                Ok(()) => filter.directives.push(directive.to_owned()),
                Err(error) => filter.warnings.push(format!("{error}; it is ignored")),
            }
        }
        if filter.directives.is_empty() {
            filter.directives = of_level.directives;
            filter.warnings.extend(of_level.warnings);
        }
        filter.warnings.extend(filter.silent(variable));
        filter
    }

    /// The warning if nothing of podbay is logged, except if `off` asks for that: a misspelt name or level
    /// counts as the name of a crate.
    fn silent(&self, variable: &str) -> Option<String> {
        let targets = self.of_log();
        let of_targets = targets
            .iter()
            .any(|(target, level)| target.starts_with("podbay") && level != LevelFilter::OFF);
        let of_spans = self.directives.iter().any(|directive| {
            let target = target(directive);
            directive.contains('[') && (target.starts_with("podbay") || "podbay".starts_with(target))
        });
        let is_off = |directive: &String| matches!(directive.parse(), Ok(LevelFilter::OFF));
        let is_logged = of_targets || of_spans || targets.would_enable("podbay", &Level::ERROR);
        if is_logged || self.directives.iter().any(is_off) {
            return None;
        }
        let known = LEVELS.into_iter().chain(["podbay"]);
        let near = self.directives.iter().find_map(|directive| {
            let target = target(directive);
            near::nearest(target, known.clone()).filter(|near| *near != target)
        });
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "add podbay=info to see it".to_owned(),
        };
        let directives = self.directives.join(",");
        Some(format!(
            "{variable}={directives} logs nothing of podbay itself; {help}"
        ))
    }

    /// Builds the filter; each layer needs its own.
    pub(super) fn build(&self) -> EnvFilter {
        EnvFilter::builder().parse_lossy(self.directives.join(","))
    }

    /// The same for records of the crate `log`, which have no spans. The filters of layers cannot be asked
    /// about a record outside of tracing.
    pub(super) fn of_log(&self) -> Targets {
        let outside = self
            .directives
            .iter()
            .filter(|directive| !directive.contains('['));
        let targets = |directive: &String| directive.parse::<Targets>().ok();
        let mut all = match self.directives.is_empty() {
            // as tracing does
            true => Targets::new().with_default(LevelFilter::ERROR),
            false => Targets::new(),
        };
        for targets in outside.filter_map(targets) {
            all = match targets.default_level() {
                Some(level) => all.with_default(level),
                None => all.with_targets(targets),
            };
        }
        all
    }
}

/// The most verbose level of libraries that `targets` selects, at least that of errors.
pub(super) fn most(targets: &Targets) -> log::LevelFilter {
    let of_libraries = targets.iter().filter(|(target, _)| !target.starts_with("podbay"));
    let levels = of_libraries
        .map(|(_, level)| level)
        .chain(targets.default_level());
    let most = levels.fold(LevelFilter::ERROR, LevelFilter::max);
    most.to_string().parse().unwrap_or(log::LevelFilter::Trace)
}

fn split(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(',')
        .map(str::trim)
        .filter(|directive| !directive.is_empty())
}

/// The crate or module of a directive; "" for all.
fn target(directive: &str) -> &str {
    let end = directive.find(['=', '[']).unwrap_or(directive.len());
    &directive[..end]
}

fn check(variable: &'static str, directive: &str) -> Result<(), Error> {
    let why = match (directive.parse::<Directive>(), directive.rsplit_once('=')) {
        _ if directive.contains(char::REPLACEMENT_CHARACTER) => "it is not UTF-8 text".to_owned(),
        // tracing reads this as the most verbose level
        (Ok(_), Some((_, ""))) => "the level is missing; write it as podbay=debug".to_owned(),
        (Ok(_), _) => return misspelt(variable, directive),
        (Err(_), Some((_, level))) if level.parse::<LevelFilter>().is_err() => {
            format!("{level:?} is not a level; {}", near::instead(level, LEVELS))
        }
        (Err(error), _) => format!("{error}; write it as debug, or podbay=debug,hyper"),
    };
    Err(Error {
        variable,
        directive: directive.to_owned(),
        why,
    })
}

/// Refuses a word that is probably a misspelt level; it would count as the name of a crate.
fn misspelt(variable: &'static str, directive: &str) -> Result<(), Error> {
    let is_level = directive.parse::<LevelFilter>().is_ok();
    match near::nearest(directive, LEVELS) {
        Some(near) if !is_level => Err(Error {
            variable,
            directive: directive.to_owned(),
            why: format!(
                "{directive:?} is not a level; did you mean `{near}`? For a crate of that name, write `{directive}=trace`"
            ),
        }),
        _ => Ok(()),
    }
}

/// The level in tracing; ROS has one more.
fn known(level: Option<&str>) -> (&'static str, Option<String>) {
    let known = match level.unwrap_or("info").to_ascii_lowercase().as_str() {
        "debug" => "debug",
        "info" => "info",
        "warn" => "warn",
        "error" | "fatal" => "error",
        other => {
            let warning = format!("unknown --log-level {other}; use debug, info, warn, error or fatal");
            return ("info", Some(warning));
        }
    };
    (known, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        (level, podbay_log, rust_log): (Option<&str>, &str, &str),
        expected: Result<(&[&str], &[&str]), &str>,
    ) {
        let variable = |name: &str| match name {
            "PODBAY_LOG" => Some(podbay_log.to_owned()),
            _ => Some(rust_log.to_owned()),
        };
        let filter = Filter::choose(level, variable).map_err(|error| error.to_string());
        let of = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let expected = expected.map(|(directives, warnings)| Filter {
            directives: of(directives),
            warnings: of(warnings),
        });
        assert_eq!(filter, expected.map_err(str::to_owned));
    }

    #[test]
    fn one_of_the_variables_beats_the_level() {
        check((None, "", ""), Ok((&["podbay=info"], &[])));
        check((Some("FATAL"), " ", ""), Ok((&["podbay=error"], &[])));
        check((Some("warn"), "", "debug"), Ok((&["debug"], &[])));
        check((None, "warn", "debug"), Ok((&["warn"], &[])));
        check(
            (None, "info, podbay::bridge=debug,hyper", ""),
            Ok((&["info", "podbay::bridge=debug", "hyper"], &[])),
        );
        let unknown = "unknown --log-level loud; use debug, info, warn, error or fatal";
        check((Some("loud"), "", ""), Ok((&["podbay=info"], &[unknown])));
    }

    #[test]
    fn what_cannot_be_parsed_is_named() {
        check(
            (None, "info,podbay=debg", ""),
            Err("PODBAY_LOG: cannot parse \"podbay=debg\": \"debg\" is not a level; did you mean `debug`?"),
        );
        check(
            (None, "podbay=loud", ""),
            Err(
                "PODBAY_LOG: cannot parse \"podbay=loud\": \"loud\" is not a level; use one of off, error, warn, info, \
                 debug, trace",
            ),
        );
        check(
            (None, "podbay=", ""),
            Err("PODBAY_LOG: cannot parse \"podbay=\": the level is missing; write it as podbay=debug"),
        );
        check(
            (None, "podbay\u{fffd}=info", ""),
            Err("PODBAY_LOG: cannot parse \"podbay\u{fffd}=info\": it is not UTF-8 text"),
        );
        let misspelt = "PODBAY_LOG: cannot parse \"debg\": \"debg\" is not a level; did you mean `debug`? For a \
                        crate of that name, write `debg=trace`";
        check((None, "debg", ""), Err(misspelt));
        check((None, "podbay=info, debg", ""), Err(misspelt));
        check(
            (None, "podbay=info,want=trace", ""),
            Ok((&["podbay=info", "want=trace"], &[])),
        );
        let ignored = misspelt.replace("PODBAY_LOG", "RUST_LOG") + "; it is ignored";
        check((Some("warn"), "", "debg"), Ok((&["podbay=warn"], &[&ignored])));
        let ignored = "RUST_LOG: cannot parse \"a=loud\": \"loud\" is not a level; use one of off, error, warn, info, \
                       debug, trace; it is ignored";
        check((None, "", "a=loud,debug"), Ok((&["debug"], &[ignored])));
        check((None, "", "a=loud"), Ok((&["podbay=info"], &[ignored])));
        for directive in ["a=b=c", "podbay[x=debug"] {
            let filter = Filter::choose(None, |name| (name == "RUST_LOG").then(|| directive.to_owned()));
            let warnings = filter.unwrap().warnings;
            let [warning] = warnings.as_slice() else {
                panic!("{warnings:?}")
            };
            assert!(
                warning.starts_with(&format!("RUST_LOG: cannot parse {directive:?}: ")),
                "{warning}"
            );
            check_strict(directive);
        }
    }

    #[track_caller]
    fn check_strict(directive: &str) {
        let filter = Filter::choose(None, |name| (name == "PODBAY_LOG").then(|| directive.to_owned()));
        assert_eq!(filter.unwrap_err().directive, directive);
    }

    #[test]
    fn libraries_that_use_log_are_selected_by_the_same_directives() {
        for (asked, most_verbose, selected) in [
            ("", log::LevelFilter::Error, false),
            ("podbay=trace", log::LevelFilter::Error, false),
            ("[span]=debug", log::LevelFilter::Error, false),
            ("off", log::LevelFilter::Error, false),
            ("rustdds=INFO", log::LevelFilter::Info, true),
            ("debug,rustdds=off", log::LevelFilter::Debug, false),
            ("rustdds=off,4", log::LevelFilter::Debug, false),
            ("warn,rustdds", log::LevelFilter::Trace, true),
            ("info", log::LevelFilter::Info, true),
        ] {
            let filter = Filter::choose(None, |name| (name == "PODBAY_LOG").then(|| asked.to_owned()));
            let targets = filter.unwrap().of_log();
            assert_eq!(most(&targets), most_verbose, "{asked}");
            let is_selected = targets.would_enable("rustdds::dds", &tracing::Level::INFO);
            assert_eq!(is_selected, selected, "{asked}");
        }
    }

    #[test]
    fn a_filter_that_silences_podbay_is_reported() {
        for (asked, help) in [
            ("podbai=debug", "did you mean `podbay`?"),
            ("podbai", "did you mean `podbay`?"),
            ("hyper=trace", "add podbay=info to see it"),
            ("want", "add podbay=info to see it"),
            ("podbay=off", "add podbay=info to see it"),
            ("info,podbay=off", "add podbay=info to see it"),
            ("hyper[span]=debug", "add podbay=info to see it"),
        ] {
            let directives: Vec<_> = asked.split(',').collect();
            let warning = format!("PODBAY_LOG={asked} logs nothing of podbay itself; {help}");
            check((None, asked, ""), Ok((&directives, &[&warning])));
            let warning = warning.replace("PODBAY_LOG", "RUST_LOG");
            check((None, "", asked), Ok((&directives, &[&warning])));
        }
        for asked in [
            "podbay",
            "podbay_core=warn",
            "podb=info",
            "4",
            "off",
            "[span]=debug",
            "podbay[a]=info",
        ] {
            check((None, asked, ""), Ok((&[asked], &[])));
            check((None, "", asked), Ok((&[asked], &[])));
        }
    }
}
