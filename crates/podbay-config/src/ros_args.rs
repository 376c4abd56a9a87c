//! Parses `--ros-args …` and the ROS environment variables into [`NodeOptions`].
//!
//! Like rcl: arguments between `--ros-args` and `--` (or the end) are ROS arguments, the others belong to the
//! program. The first matching remap rule wins, and the last value of a parameter. A rule or value with a
//! node name (`talker:chatter:=news`) applies to that node only.

use podbay_core::node::{DiscoveryRange, NodeOptions, Parameter};

/// The result of ROS arguments and environment.
#[derive(Clone, Debug, PartialEq)]
pub struct RosArgs {
    /// The node.
    pub options: NodeOptions,
    /// Parameter files (`--params-file`), in order, to be read by the caller.
    pub params_files: Vec<String>,
    /// `--log-level` for everything; unset when not given.
    pub log_level: Option<String>,
    /// False after `--disable-rosout-logs`.
    pub rosout: bool,
    /// Arguments that are not ROS arguments, in order.
    pub rest: Vec<String>,
}

/// Invalid arguments or environment. Retrying unchanged does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("--ros-args: {0} requires a value")]
    MissingValue(String),
    #[error(
        "--ros-args: unknown option {0}; valid options are -r, -p, --params-file, --log-level, --enable-* and \
         --disable-*"
    )]
    UnknownFlag(String),
    #[error("--ros-args: `{0}` does not have the form FROM:=TO")]
    NotARule(String),
    #[error("`{0}` is not a valid ROS node name: use letters, digits and _, not beginning with a digit")]
    NodeName(String),
    #[error("`{0}` is not a valid ROS namespace: begin with / and use letters, digits and _")]
    Namespace(String),
    #[error(
        "`{name}:={value}`: the value of a parameter must be true, false, a number, a string, or a list of one of these"
    )]
    ParameterValue { name: String, value: String },
    #[error("ROS_DOMAIN_ID is `{0}`; it must be a number from 0 to 232")]
    DomainId(String),
    #[error("ROS_AUTOMATIC_DISCOVERY_RANGE is `{0}`; it must be SUBNET, LOCALHOST, OFF or SYSTEM_DEFAULT")]
    Range(String),
}

/// Highest domain id with valid ports.
const MAX_DOMAIN_ID: u16 = 232;

/// Parses a process's arguments and environment for a node with the default name `name`.
pub fn parse<A, E>(name: &str, args: A, env: E) -> Result<RosArgs, Error>
where
    A: IntoIterator<Item = String>,
    E: Fn(&str) -> Option<String>,
{
    let mut flags = Flags::default();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--ros-args" => flags.section(&mut args)?,
            _ => flags.rest.push(arg),
        }
    }
    let mut options = flags.node(name)?;
    options.domain_id = domain_id(&env)?;
    options.range = range(&env)?;
    options.distro = env("ROS_DISTRO").unwrap_or_default();
    let Flags {
        params_files,
        log_level,
        no_rosout,
        rest,
        ..
    } = flags;
    Ok(RosArgs {
        options,
        params_files,
        log_level,
        rosout: !no_rosout,
        rest,
    })
}

/// A rule `[node:]from:=to`.
#[derive(Debug)]
struct Rule {
    node: Option<String>,
    from: String,
    to: String,
}

#[derive(Debug, Default)]
struct Flags {
    remaps: Vec<Rule>,
    parameters: Vec<Rule>,
    params_files: Vec<String>,
    log_level: Option<String>,
    no_rosout: bool,
    rest: Vec<String>,
}

impl Flags {
    /// Parses up to `--` or the end.
    fn section(&mut self, args: &mut impl Iterator<Item = String>) -> Result<(), Error> {
        while let Some(flag) = args.next() {
            if flag == "--" {
                break;
            }
            if flag != "--ros-args" {
                self.flag(flag, args)?;
            }
        }
        Ok(())
    }

    fn flag(&mut self, flag: String, args: &mut impl Iterator<Item = String>) -> Result<(), Error> {
        let mut value = || args.next().ok_or_else(|| Error::MissingValue(flag.clone()));
        match flag.as_str() {
            "-r" | "--remap" => self.remaps.push(rule(&value()?)?),
            "-p" | "--param" => self.parameters.push(rule(&value()?)?),
            "--params-file" => self.params_files.push(value()?),
            "--log-level" => self.log_level(value()?),
            // security enclaves and log configuration files have no effect here
            "-e" | "--enclave" | "--log-config-file" | "--log-file-name" => drop(value()?),
            "--disable-rosout-logs" => self.no_rosout = true,
            "--enable-rosout-logs" => self.no_rosout = false,
            other if other.starts_with("--enable-") || other.starts_with("--disable-") => {}
            // the old form without a flag: FROM:=TO
            other if other.contains(":=") => self.remaps.push(rule(other)?),
            _ => return Err(Error::UnknownFlag(flag)),
        }
        Ok(())
    }

    /// `LEVEL`, or `LOGGER:=LEVEL` for one logger.
    fn log_level(&mut self, value: String) {
        if !value.contains(":=") {
            self.log_level = Some(value);
        }
    }

    fn node(&self, default_name: &str) -> Result<NodeOptions, Error> {
        let mut options = NodeOptions::new(default_name);
        if let Some(name) = self.remapped(default_name, &["__node", "__name"]) {
            options.name = node_name(name)?;
        }
        if let Some(namespace) = self.remapped(&options.name, &["__ns"]) {
            options.namespace = node_namespace(namespace)?;
        }
        let special = |rule: &&Rule| !matches!(rule.from.as_str(), "__node" | "__name" | "__ns");
        let remaps = self
            .remaps
            .iter()
            .filter(|rule| rule.is_for(&options.name))
            .filter(special);
        options.remappings = remaps.map(|rule| (rule.from.clone(), rule.to.clone())).collect();
        let parameters = self.parameters.iter().filter(|rule| rule.is_for(&options.name));
        options.parameters = parameters.map(Rule::parameter).collect::<Result<_, _>>()?;
        Ok(options)
    }

    fn remapped(&self, node: &str, from: &[&str]) -> Option<&str> {
        let mut rules = self.remaps.iter().filter(|rule| rule.is_for(node));
        rules
            .find(|rule| from.contains(&rule.from.as_str()))
            .map(|rule| rule.to.as_str())
    }
}

impl Rule {
    fn is_for(&self, node: &str) -> bool {
        self.node.as_deref().is_none_or(|name| name == node)
    }

    fn parameter(&self) -> Result<(String, Parameter), Error> {
        let not_a_value = || Error::ParameterValue {
            name: self.from.clone(),
            value: self.to.clone(),
        };
        Ok((self.from.clone(), parameter(&self.to).ok_or_else(not_a_value)?))
    }
}

fn rule(text: &str) -> Result<Rule, Error> {
    let (from, to) = text
        .split_once(":=")
        .ok_or_else(|| Error::NotARule(text.to_owned()))?;
    // `rostopic://name` is a name with a scheme, not a name for one node
    let (node, from) = match from.split_once(':') {
        Some((node, from)) if !from.starts_with("//") => (Some(node.to_owned()), from),
        _ => (None, from),
    };
    if from.is_empty() {
        return Err(Error::NotARule(text.to_owned()));
    }
    Ok(Rule {
        node,
        from: from.to_owned(),
        to: to.to_owned(),
    })
}

/// A parameter's value in YAML; `None` if it is not a valid parameter value.
pub fn parameter(text: &str) -> Option<Parameter> {
    let value: serde_json::Value = serde_saphyr::from_str(text).ok()?;
    from_value(&value)
}

/// A parameter's value from data; `None` if it is not a valid parameter value.
pub fn from_value(value: &serde_json::Value) -> Option<Parameter> {
    use serde_json::Value;
    Some(match value {
        Value::Bool(value) => Parameter::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Parameter::Integer(integer),
            None => Parameter::Double(number.as_f64()?),
        },
        Value::String(text) => Parameter::String(text.clone()),
        Value::Array(items) => array(items)?,
        Value::Null | Value::Object(_) => return None,
    })
}

/// All elements of a list have the type of the first.
fn array(items: &[serde_json::Value]) -> Option<Parameter> {
    use serde_json::Value;
    Some(match items.first() {
        None | Some(Value::String(_)) => {
            Parameter::StringArray(each(items, |item| item.as_str().map(str::to_owned))?)
        }
        Some(Value::Bool(_)) => Parameter::BoolArray(each(items, Value::as_bool)?),
        Some(Value::Number(number)) if number.is_i64() => {
            Parameter::IntegerArray(each(items, Value::as_i64)?)
        }
        Some(Value::Number(_)) => Parameter::DoubleArray(each(items, Value::as_f64)?),
        Some(_) => return None,
    })
}

fn each<T>(items: &[serde_json::Value], one: impl Fn(&serde_json::Value) -> Option<T>) -> Option<Vec<T>> {
    items.iter().map(one).collect()
}

fn node_name(name: &str) -> Result<String, Error> {
    is_token(name)
        .then(|| name.to_owned())
        .ok_or_else(|| Error::NodeName(name.to_owned()))
}

fn node_namespace(namespace: &str) -> Result<String, Error> {
    let parts = namespace.strip_prefix('/').map(|rest| rest.trim_end_matches('/'));
    match parts {
        Some(parts) if parts.is_empty() || parts.split('/').all(is_token) => Ok(format!("/{parts}")),
        _ => Err(Error::Namespace(namespace.to_owned())),
    }
}

fn is_token(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && text.chars().all(word) && !text.starts_with(|c: char| c.is_ascii_digit())
}

fn domain_id(env: impl Fn(&str) -> Option<String>) -> Result<u16, Error> {
    let text = env("ROS_DOMAIN_ID").unwrap_or_default();
    if text.trim().is_empty() {
        return Ok(0);
    }
    let id = text.trim().parse().ok().filter(|id| *id <= MAX_DOMAIN_ID);
    id.ok_or(Error::DomainId(text))
}

fn range(env: impl Fn(&str) -> Option<String>) -> Result<DiscoveryRange, Error> {
    // the older variable overrides, as in rmw
    if env("ROS_LOCALHOST_ONLY").is_some_and(|value| value.trim() == "1") {
        return Ok(DiscoveryRange::Localhost);
    }
    let text = env("ROS_AUTOMATIC_DISCOVERY_RANGE").unwrap_or_default();
    match text.trim().to_ascii_uppercase().as_str() {
        "" | "SUBNET" | "SYSTEM_DEFAULT" => Ok(DiscoveryRange::Subnet),
        "LOCALHOST" => Ok(DiscoveryRange::Localhost),
        "OFF" => Ok(DiscoveryRange::Off),
        _ => Err(Error::Range(text)),
    }
}
