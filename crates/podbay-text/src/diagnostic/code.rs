//! The codes of errors and warnings. A number is never reused. `docs/errors.md` is generated from
//! this table.

use std::fmt;

use super::Severity;

/// Defines [`Code`]. The doc comment of a code is its explanation for users.
macro_rules! codes {
    ($($(#[doc = $line:literal])+ $name:ident = $number:literal $severity:ident $title:literal,)*) => {
        /// A kind of error or warning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Code {
            $($(#[doc = $line])+ $name = $number,)*
        }

        impl Code {
            /// All codes, by number.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// A short title.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }

            /// The error and what to do, as Markdown.
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($line, "\n",)+),)*
                }
            }

            /// The default severity.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }
        }
    };
}

impl Code {
    /// Whether it is about a profile.
    pub fn is_of_profile(self) -> bool {
        self as u16 / 100 == 5
    }

    /// Parses `PB0101`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let number: u16 = name.strip_prefix("PB")?.parse().ok()?;
        Self::ALL.iter().copied().find(|code| *code as u16 == number)
    }
}

/// `PB0101`
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PB{:04}", *self as u16)
    }
}

codes! {
    // PB01: files, XML and YAML

    /// The file does not exist, is not a regular file, is not UTF-8, or is not readable for the user that
    /// runs podbay. Relative paths start at the working directory.
    Unreadable = 101 Error "unreadable file",
    /// ROS callers may read launch files only from packages and from the folders in `allow_files`. To allow
    /// another folder, add it to podbay's configuration:
    ///
    /// ```yaml
    /// policy:
    ///   allow_files: [/srv/launch]
    /// ```
    NotReadableHere = 102 Error "file not allowed for ROS callers",
    /// The file, or the number of its elements, exceeds a limit. Split the file: a launch file with
    /// `<include>`.
    FileTooLarge = 103 Error "file too large",
    /// The file is not well-formed XML, so podbay evaluates none of it. The message names the place.
    ///
    /// ```xml
    /// <let name="both" value="$(eval '$(var a) and $(var b)')"/>   <!-- use `and`; && is not Python -->
    /// ```
    NotXml = 104 Error "not well-formed XML",
    /// An XML declaration must be at the start of the file and have a version. The encoding may only be
    /// UTF-8. Correct the declaration, or remove it:
    ///
    /// ```xml
    /// <?xml version="1.0" encoding="UTF-8"?>
    /// ```
    XmlDeclaration = 105 Error "invalid XML declaration",
    /// A document type declaration (`<!DOCTYPE …>`) can define entities, which can expand to gigabytes. Use
    /// `<arg>` or `<let>` with `$(var …)` instead of entities.
    XmlDoctype = 106 Error "document type refused",
    /// Launch files do not use XML namespaces. Only the root element may refer to its schema. Remove the
    /// `xmlns` attribute or the prefix.
    XmlNamespace = 107 Error "unexpected XML namespace",
    /// The file is not valid YAML, or uses a YAML feature that ROS does not support. The message names the
    /// place.
    NotYaml = 108 Error "invalid YAML",
    /// The YAML text has too many values or bytes. Each use of an alias counts as a copy. Split the file,
    /// or use fewer aliases.
    YamlTooLarge = 109 Error "YAML too large",
    /// The root element of an XML launch file must be `<launch>`. A YAML launch file must have the single
    /// key `launch` with a list of actions:
    ///
    /// ```yaml
    /// launch:
    ///   - node: {pkg: demo_nodes_cpp, exec: talker}
    /// ```
    NotALaunchFile = 110 Error "not a launch file",
    /// Elements, lists, includes or substitutions are nested too deeply. Move the inner elements to another
    /// file, or the inner substitutions to a `<let>`.
    NestedTooDeep = 111 Error "nested too deeply",
    /// No prefix in `AMENT_PREFIX_PATH` has the package. Source the workspace with the package, or add its
    /// prefix with `--package-path`. If the name has characters other than letters, digits, `_` and `-`,
    /// correct it: no package can have that name.
    UnknownPackage = 112 Error "package not found",
    /// The share folder of the package contains no file of this name, or more than one. If there is more
    /// than one, give the path instead of the name.
    FileNotInPackage = 113 Error "file not found in package",
    /// The text contains a NUL character (`\0`), which programs and file names cannot contain. Remove it.
    Nul = 114 Error "NUL character",

    // PB02: actions and attributes

    /// ROS has no action with this tag, but one with a similar name. Correct it. For a tag that resembles
    /// none, see PB0903.
    ///
    /// ```xml
    /// <nod pkg="demo_nodes_cpp" exec="talker"/>   <!-- did you mean <node>? -->
    /// ```
    UnknownAction = 201 Error "unknown action",
    /// The tag is from ROS 1, or is allowed only inside another tag. The message names the alternative.
    UnsupportedAction = 202 Error "unsupported action",
    /// The action does not support this attribute, element or key. As in ROS, this is an error. Correct its
    /// name, or remove it.
    ///
    /// ```xml
    /// <node pkg="demo_nodes_cpp" exe="talker"/>   <!-- did you mean 'exec'? -->
    /// ```
    UnexpectedAttribute = 203 Error "unexpected attribute or element",
    /// The action requires the attribute or element. Add it.
    MissingAttribute = 204 Error "missing attribute",
    /// The value does not have the type of the attribute. XML attributes are converted to the required
    /// type. Values in YAML keep their type, so a string that looks like a number needs quotes:
    ///
    /// ```yaml
    /// - let: {name: version, value: '1.0'}
    /// ```
    WrongType = 205 Error "wrong type",
    /// The value has the right type, but the attribute does not support it. Use one of the values in the
    /// message.
    WrongValue = 206 Error "invalid value",
    /// Two attributes, or an attribute and an element, exclude each other. Remove one of them.
    Conflict = 207 Error "conflicting attributes",
    /// In a YAML launch file, actions are a list of mappings. Each mapping has one key, the name of the
    /// action; its value is a mapping of attributes:
    ///
    /// ```yaml
    /// launch:
    ///   - node: {pkg: demo_nodes_cpp, exec: talker}
    /// ```
    WrongShape = 208 Error "wrong structure of YAML",
    /// The value of `if` or `unless` must evaluate to `true`, `false`, `1` or `0`. Compare with `$(equals
    /// LEFT RIGHT)` or `$(eval 'EXPRESSION')`:
    ///
    /// ```xml
    /// <group if="$(equals $(var mode) sim)">
    /// ```
    Condition = 209 Error "invalid condition",
    /// The command line or launch prefix cannot be split into words, is empty, or exceeds Linux's limit.
    /// Check its quotes, or pass long arguments in a file.
    CommandLine = 210 Error "invalid command line",
    /// The ROS release in `ROS_DISTRO` does not have this feature. Avoid the feature. If you run the launch
    /// file with another release, set `ROS_DISTRO` to that release.
    NotInRelease = 211 Error "not in this ROS release",
    /// A file includes itself with the same arguments, directly or through other files. Add a condition to
    /// the include:
    ///
    /// ```xml
    /// <include if="$(eval '$(var level) > 0')" file="$(dirname)/tree.launch.xml"/>
    /// ```
    IncludeCycle = 212 Error "endless include",
    /// Names of nodes and namespaces consist of letters, digits and `_`, with `/` between the parts of a
    /// namespace. No part may start with a digit. For the name of a component this is a warning: the
    /// container will refuse to load it.
    NodeName = 213 Error "invalid node name or namespace",
    /// The launch file declares an `<arg>` without a default. Set it:
    ///
    /// ```console
    /// $ podbay launch robot.launch.xml map:=office
    /// ```
    MissingArgument = 214 Error "missing launch argument",
    /// The value is not one of the `<choice>`s of the argument. Use one of them.
    ArgumentChoice = 215 Error "invalid choice",
    /// Write launch arguments as `name:=value`, without spaces around `:=`.
    MalformedArgument = 216 Error "malformed launch argument",
    /// No `<arg>` declares the argument, so it probably has no effect. Check its name with `podbay launch
    /// FILE --show-args`.
    UnusedArgument = 217 Warning "undeclared launch argument",
    /// The launch file has the attribute `deprecated`. The message gives the reason.
    Deprecated = 218 Warning "deprecated launch file",
    /// ROS ignores this attribute or element, and so does podbay. Check its name, or remove it.
    IgnoredByRos = 219 Warning "ignored by ROS",
    /// ROS does not read the value as its author probably expects. podbay reads it as ROS does.
    ///
    /// ```yaml
    /// - group: {scoped: "false"}   # any text is true, also this one; use false without quotes
    /// ```
    ReadsOtherwise = 220 Warning "surprising value",
    /// Several nodes have the same name. Their services and parameters cannot be distinguished. Use
    /// different names or namespaces.
    DuplicateNode = 221 Warning "duplicate node name",
    /// podbay does not do exactly what ROS does here. The message names the difference.
    NotCarriedOver = 222 Warning "different from ROS",
    /// The number of iterations of `<for>` is not an integer, or the values of `<for_each>` are not
    /// mappings:
    ///
    /// ```xml
    /// <for_each values="{name: a}; {name: b}">
    /// ```
    Loop = 223 Error "invalid loop",

    // PB03: substitutions and expressions

    /// The substitution is not closed, has no name, or its quotes do not match. For a literal `$(`, write
    /// `\$(`.
    SubstitutionSyntax = 301 Error "malformed substitution",
    /// ROS has no substitution of this name, or podbay does not support it: the message names the
    /// alternative. Correct the name. For a name that resembles none, see PB0903.
    UnknownSubstitution = 302 Error "unknown substitution",
    /// The number of arguments, or an argument, is not valid for this substitution. Quote arguments with
    /// spaces:
    ///
    /// ```xml
    /// <let name="user" value="$(env USER 'no user')"/>
    /// ```
    SubstitutionArguments = 303 Error "invalid arguments of a substitution",
    /// `$(var NAME)` needs an `<arg>` or `<let>` before this line, or a default: `$(var NAME DEFAULT)`.
    UnknownConfiguration = 304 Error "launch configuration not set",
    /// Set the variable, or add a default: `$(env NAME DEFAULT)`.
    UnknownEnvironment = 305 Error "environment variable not set",
    /// A launch file that is sent as text has no path, so `$(dirname)` and `$(filename)` are not available.
    /// Use `$(find-pkg-share PACKAGE)`.
    NoFile = 306 Error "launch file without a path",
    /// Launch files may not run commands by default. Allow them with `--allow-command`; for ROS callers,
    /// set `allow_command` under `policy`. A node parameter whose whole value is `$(command 'xacro …')`
    /// needs no permission: the command runs in the node's container.
    CommandNotAllowed = 307 Error "commands not allowed",
    /// The command of `$(command …)` failed, timed out, or wrote too much output. Run it in a shell to see
    /// why. If it failed only because it wrote to standard error, add a second argument:
    ///
    /// ```xml
    /// <let name="urdf" value="$(command 'xacro robot.xacro' warn)"/>
    /// ```
    CommandFailed = 308 Error "command failed",
    /// The command succeeded, but wrote to standard error.
    CommandWarned = 309 Warning "command wrote to standard error",
    /// The value of a substitution must be true or false.
    NotABool = 311 Error "not true or false",
    /// The text in `$(eval …)` is not a valid Python expression.
    ExpressionSyntax = 320 Error "invalid Python expression",
    /// podbay supports Python expressions and the module `math`, but not `lambda`, imports or `:=`.
    /// Rewrite the expression, or let ROS evaluate the file with `--evaluate here` or `--evaluate image`.
    UnsupportedPython = 321 Error "unsupported Python",
    /// The expression uses an unknown name. Quote strings, and use `$(var …)` for launch arguments:
    ///
    /// ```xml
    /// <let name="twice" value="$(eval '2 * count')"/>          <!-- unknown name 'count' -->
    /// <let name="twice" value="$(eval '2 * $(var count)')"/>
    /// ```
    UnknownName = 322 Error "unknown name in an expression",
    /// An operator, function or method does not support values of these types. Convert them with `int(…)`,
    /// `float(…)` or `str(…)`.
    ExpressionType = 323 Error "wrong type in an expression",
    /// The expression has no result: it divides by zero, a number is out of range, or an index does not
    /// exist.
    ExpressionValue = 324 Error "expression without a result",
    /// The expression is nested too deeply, needs too much work, or creates too large a value. Split it
    /// with `<let>`, or compute the value in the node.
    ExpressionTooLarge = 325 Error "expression too large",
    /// The format of `format(…)`, an f-string or `%` is malformed, or does not suit the value.
    Form = 326 Error "invalid format string",

    // PB04: parameters

    /// A parameter is a boolean, an integer, a float, a string, or a list of values of one of these types.
    ParameterType = 401 Error "invalid type of a parameter",
    /// The value cannot be converted to the `type` of the parameter. Correct it, or use `type="str"` for a
    /// string.
    ParameterCoercion = 402 Error "invalid value of a parameter",
    /// A parameter file maps node names to `ros__parameters`:
    ///
    /// ```yaml
    /// /talker:
    ///   ros__parameters:
    ///     rate: 10
    /// ```
    ParameterFile = 403 Error "invalid parameter file",
    /// A `<param>` has either a `name` with a `value`, a `name` with nested parameters, or `from`:
    ///
    /// ```xml
    /// <param name="rate" value="10"/>
    /// <param name="pid"><param name="p" value="1.5"/></param>
    /// <param from="$(find-pkg-share my_robot)/config/robot.yaml"/>
    /// ```
    Parameter = 404 Error "malformed parameter",
    /// The parameter file does not exist on this machine. As in ROS, the node starts without it. Install
    /// the file with its package. If only the container image contains the file, its package must not be
    /// installed on this machine.
    ParameterFileMissing = 406 Warning "missing parameter file",
    /// ROS's launch accepts the parameter file, but a node that gets it ends at its start: the file is not
    /// valid YAML, uses an alias, or has a value that is not below `ros__parameters`. In a component, a
    /// misspelt `ros__parameters` becomes part of a parameter's name. Correct the file; its structure is
    /// that of PB0403.
    ParameterFileRefused = 407 Warning "parameter file that nodes refuse",

    // PB05: profiles

    /// A key of the profile does not support this value. Use a value, or the form, in the message.
    ProfileValue = 501 Error "invalid value in a profile",
    /// Kubernetes does not accept this name, image, label or key. Use the form in the message.
    ProfileName = 502 Error "invalid name for Kubernetes",
    /// podbay sets this field itself: names, selectors, its own labels, and owner references. Remove it
    /// from the profile.
    ProfileReserved = 503 Error "reserved field",
    /// The entry requires another key, such as its name. Add it.
    ProfileIncomplete = 504 Error "incomplete entry in a profile",
    /// The settings for a process contradict each other after all matching rules are merged, even if each
    /// rule alone is valid. In a later rule, `key: null` removes the value of an earlier one:
    ///
    /// ```yaml
    /// rules:
    ///   - match: {node: /camera}
    ///     livenessProbe: {tcpSocket: null, exec: {command: [check_camera]}}
    /// ```
    ProfileContradiction = 505 Error "contradiction in a profile",
    /// The rule, or the whole profile, matches no process of this launch. Check the names in `match`.
    IdleRule = 506 Warning "rule without a match",
    /// Processes in the same pod have different values for a field that exists once per pod. Give them the
    /// same value, or separate pods with `group: node`.
    PodDisagreement = 507 Error "conflict in a pod",
    /// The profile has no `image`, so podbay uses the official ROS image, which does not contain your
    /// packages. Set `image`:
    ///
    /// ```yaml
    /// image: registry.example.com/my_robot:1.0
    /// ```
    NoImage = 508 Warning "profile without an image",
    /// Namespaces that enforce the Pod Security Standard `restricted` will refuse the pod. Change the
    /// setting, or use another namespace.
    PodMayBeRefused = 509 Warning "pod violates a Pod Security Standard",
    /// The discovery mode does not work with the middleware, the workload or the network of a process.
    /// Choose another `discovery` mode.
    DiscoveryContradiction = 510 Error "discovery cannot work",
    /// Nodes, or podbay itself, may not discover each other. The message names the reason.
    Discovery = 511 Warning "discovery may not work",
    /// Service names must be unique in a launch, and port names and numbers in a pod. Change one of them.
    ServiceClash = 512 Error "conflicting ports or Services",

    // PB06: rendering

    /// A node requires an executable, and an executable requires a command.
    NotRunnable = 601 Error "nothing to run",
    /// Kubernetes accepts only printable ASCII characters other than `=` in names of environment variables.
    /// Rename the variable.
    EnvironmentName = 602 Error "invalid environment variable",
    /// Linux limits one argument to 128 KiB, and arguments and environment together to 2 MiB. Pass large
    /// values in a file.
    CommandLineTooLong = 603 Error "command line too long",
    /// Kubernetes limits a ConfigMap to 1 MiB, and any object to about 1.5 MiB. Split the parameters, or
    /// move them to the image.
    ObjectTooLarge = 604 Error "object too large for Kubernetes",
    /// `kubectl apply` stores a copy of each object in an annotation, which is limited to 256 KiB. Use
    /// `kubectl apply --server-side`.
    TooLargeToApply = 605 Warning "object too large for kubectl apply",
    /// Kubernetes decides when to restart a container; the workload decides whether to restart it.
    /// Attributes such as `respawn_delay` have no effect there.
    RestartsOtherwise = 611 Warning "restarts differ from ROS",
    /// podbay does not yet act on running nodes: it does not load components, drive lifecycle transitions,
    /// run timers or handle `on_exit`.
    NotSupervised = 612 Warning "not supervised",
    /// The profile sets the command of the container, so podbay omits what it would add to the command. The
    /// message names what is omitted.
    LeftOut = 613 Warning "omitted",
    /// Kubernetes sends SIGTERM only to the first process of a container, and kills all processes after the
    /// grace period. Use `exec` in the shell or wrapper, or forward the signal.
    SigtermLost = 614 Warning "program may not receive SIGTERM",
    /// Fast DDS uses shared memory: processes that share a network lose messages unless they also share the
    /// memory and the user. Fast DDS and Cyclone DDS also limit the number of processes per network. The
    /// message names the setting to change.
    NodesLoseEachOther = 615 Warning "nodes may lose messages",
    /// The parameter file is not part of a package and does not exist on this machine. The container image
    /// must contain it.
    ParameterFileOfImage = 616 Warning "parameter file must be in the image",
    /// The workload starts a node with the same name on several hosts. Nodes with the same name interfere
    /// with each other. Give each node its own name or namespace.
    OneNameOnSeveralHosts = 617 Warning "same node name on several hosts",

    // PB07: configuration files and profiles

    /// The file does not support this key. Correct its name.
    UnknownKey = 701 Error "unknown key",
    /// The key does not support this value. Use a value, or the form, in the message.
    KeyValue = 702 Error "invalid value of a key",
    /// The entry requires this key. Add it.
    MissingKey = 703 Error "missing key",
    /// A mapping contains the same key twice. Remove one. In a YAML launch file this is a warning: ROS uses
    /// the last one.
    DuplicateKey = 704 Error "duplicate key",
    /// The file is not valid YAML. The message names the place.
    ConfigurationSyntax = 705 Error "invalid YAML in a configuration file",
    /// Two settings contradict each other, or one requires the other.
    Contradiction = 706 Error "contradictory settings",
    /// The setting has no effect. Remove it, or add the setting that it depends on.
    NoEffect = 707 Warning "setting without effect",

    // PB08: the policy section

    /// The entry looks like a permission, but can never match. Use the form in the message.
    NeverMatches = 801 Error "policy entry can never match",
    /// A folder in `allow_files` does not exist.
    NoSuchFolder = 802 Warning "folder not found",

    // PB09: evaluation by ROS, and limits

    /// ROS itself refuses the launch file. The message comes from ROS.
    ByRos = 901 Error "refused by ROS",
    /// Only ROS evaluates Python launch files: with `--evaluate here` where ROS 2 is sourced, or with
    /// `--evaluate image` in a pod of the profile's image.
    Python = 902 Error "Python launch file",
    /// podbay does not know this tag or substitution. Either it is misspelt, or a package provides it as a
    /// launch extension, which only ROS evaluates: with `--evaluate here` where ROS 2 and the package are
    /// sourced, or with `--evaluate image` in a pod of the profile's image.
    Extension = 903 Error "launch extension",
    /// ROS evaluated the launch file, but podbay does not support a part of the result, for example because
    /// ROS is newer. Rewrite that part of the launch file, or run it with `ros2 launch`.
    UnknownToPodbay = 904 Error "unknown result of ROS",
    /// The launch has too many processes or actions, or its description or objects are too large. Split the
    /// launch, or increase `limits` in podbay's configuration.
    LaunchTooLarge = 910 Error "launch too large",
    /// The caller has disconnected, so the evaluation was cancelled.
    Cancelled = 911 Error "cancelled",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_found_by_name() {
        assert!(Code::ALL.is_sorted_by(|one, next| (*one as u16) < *next as u16));
        for code in Code::ALL {
            assert_eq!(Code::named(&code.to_string()), Some(*code));
        }
        assert_eq!(Code::named("PB9999"), None);
        assert_eq!(Code::named("0101"), None);
    }
}
