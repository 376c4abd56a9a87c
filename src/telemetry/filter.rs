//! Decides what is logged: by `PODBAY_LOG`, otherwise `RUST_LOG`, otherwise `--log-level`. Pure.
//!
//! Both variables have the syntax of tracing's filters: `debug`, `podbay=debug,hyper`. `PODBAY_LOG` is for
//! podbay only, so an invalid directive is an error. `RUST_LOG` is for every Rust program, so an invalid
//! directive is reported and ignored.

use tracing::Metadata;
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
        if let Some(value) = set("RUST_LOG") {
            return Ok(Self::lenient("RUST_LOG", &value));
        }
        // libraries are logged only on request, since podbay reports their errors itself
        let (level, warning) = known(level);
        Ok(Self {
            directives: vec![format!("podbay={level}")],
            warnings: warning.into_iter().collect(),
        })
    }

    fn strict(variable: &'static str, value: &str) -> Result<Self, Error> {
        let directives: Vec<_> = split(value).map(str::to_owned).collect();
        directives.iter().try_for_each(|directive| {
            check(variable, directive).and_then(|()| misspelt(variable, directive))
        })?;
        let warnings = silent(variable, &directives).into_iter().collect();
        Ok(Self { directives, warnings })
    }

    fn lenient(variable: &'static str, value: &str) -> Self {
        let mut filter = Self::default();
        for directive in split(value) {
            match check(variable, directive) {
                Ok(()) => filter.directives.push(directive.to_owned()),
                Err(error) => filter.warnings.push(format!("{error}; it is ignored")),
            }
        }
        // no warning if podbay logs nothing: the variable may be meant for other programs
        filter
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

fn check(variable: &'static str, directive: &str) -> Result<(), Error> {
    let why = match (directive.parse::<Directive>(), directive.rsplit_once('=')) {
        _ if directive.contains(char::REPLACEMENT_CHARACTER) => "it is not UTF-8 text".to_owned(),
        // tracing reads this as the most verbose level
        (Ok(_), Some((_, ""))) => "the level is missing; write it as podbay=debug".to_owned(),
        (Ok(_), _) => return Ok(()),
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

/// The warning if no directive applies to podbay itself: a misspelt name or level counts as the name of a
/// crate.
fn silent(variable: &str, directives: &[String]) -> Option<String> {
    let target = |directive: &str| {
        let end = directive.find(['=', '[']).unwrap_or(directive.len());
        directive[..end].to_owned()
    };
    let covers = |directive: &String| {
        let target = target(directive);
        let is_level = directive.parse::<LevelFilter>().is_ok();
        is_level || target.starts_with("podbay") || "podbay".starts_with(&target)
    };
    if directives.iter().any(covers) {
        return None;
    }
    let known = LEVELS.into_iter().chain(["podbay"]);
    let near = directives
        .iter()
        .find_map(|directive| near::nearest(&target(directive), known.clone()));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "add podbay=info to see it".to_owned(),
    };
    Some(format!(
        "{variable}={} logs nothing of podbay itself; {help}",
        directives.join(",")
    ))
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
        // in RUST_LOG it may be a crate of another program
        check((None, "", "debg"), Ok((&["debg"], &[])));
        let ignored = "RUST_LOG: cannot parse \"a=loud\": \"loud\" is not a level; use one of off, error, warn, info, \
                       debug, trace; it is ignored";
        check((None, "", "a=loud,debug"), Ok((&["debug"], &[ignored])));
        check((None, "", "other=debug"), Ok((&["other=debug"], &[])));
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
    fn a_filter_that_silences_podbay_is_told() {
        for (asked, help) in [
            ("podbai=debug", "did you mean `podbay`?"),
            ("podbai", "did you mean `podbay`?"),
            ("hyper=trace", "add podbay=info to see it"),
        ] {
            let warning = format!("PODBAY_LOG={asked} logs nothing of podbay itself; {help}");
            check((None, asked, ""), Ok((&[asked], &[&warning])));
        }
        for asked in ["podbay", "podbay_core=warn", "4", "off", "[span]=debug"] {
            check((None, asked, ""), Ok((&[asked], &[])));
        }
    }
}
