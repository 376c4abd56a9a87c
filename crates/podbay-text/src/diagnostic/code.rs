//! Every kind of mistake. A number is never given to another kind; `docs/errors.md` is made from this table.

use std::fmt;

use super::Severity;

/// Makes [`Code`]: what is said of a kind here is its explanation for users.
macro_rules! codes {
    ($($(#[doc = $line:literal])+ $name:ident = $number:literal $severity:ident $title:literal,)*) => {
        /// A kind of mistake.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u16)]
        pub enum Code {
            $($(#[doc = $line])+ $name = $number,)*
        }

        impl Code {
            /// All of them, by number.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// What it is, in a few words.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }

            /// What it is and what to do, as Markdown.
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($line, "\n",)+),)*
                }
            }

            /// How bad it is, if nothing else is known.
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

    /// The one that is written `name`.
    pub fn named(name: &str) -> Option<Self> {
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

    /// A file that was asked for, or that a launch file names, cannot be read: it does not exist, is a folder, or may not
    /// be read by the user that runs podbay. Relative paths start at the working directory.
    Unreadable = 101 Error "a file cannot be read",
    /// Callers from the ROS graph may read launch files from packages and from the folders in `allow_files` under
    /// `policy` only.
    NotReadableHere = 102 Error "a file may not be read by this caller",
    /// Launch files, and what they include, are read within a bound. Split the file by `<include>`.
    FileTooLarge = 103 Error "a file is too large",
    /// The file does not follow the rules of XML, so nothing in it is read.
    NotXml = 104 Error "not well-formed XML",
    /// `<?xml …?>` has to stand at the very beginning, name a version, and say UTF-8 or nothing of the encoding.
    XmlDeclaration = 105 Error "an XML declaration that is not taken",
    /// A document type may declare entities, which can stand for gigabytes. Use `<arg>` or `<let>` and `$(var …)`.
    XmlDoctype = 106 Error "a document type that is not taken",
    /// Launch files use no XML namespaces, except for what the root names of its schema.
    XmlNamespace = 107 Error "an XML namespace",
    /// The file does not follow the rules of YAML, or uses more of YAML than ROS reads.
    NotYaml = 108 Error "not YAML that is read here",
    /// A YAML text comes to too many values or bytes, counting every use of an alias.
    YamlTooLarge = 109 Error "YAML that is too large",
    /// An XML launch file has the root `<launch>`, a YAML one the single key `launch:` with a list of actions.
    NotALaunchFile = 110 Error "not a launch file",
    /// Elements, lists or actions are within each other too deep. Move the inner ones to a file of their own.
    NestedTooDeep = 111 Error "nested too deep",
    /// `$(find-pkg-share PACKAGE)`, or the package of a launch file, is not in any prefix of `AMENT_PREFIX_PATH`.
    UnknownPackage = 112 Error "a package is not found",
    /// The package exists, but its share folder has no such file, or several.
    FileNotInPackage = 113 Error "a file is not in its package",
    /// A text holds the character NUL, where it would end for every program.
    Nul = 114 Error "a text with the character NUL",

    // PB02: actions and attributes

    /// The tag is none of ROS's. If a package adds it, let ROS evaluate the file: see PB0903.
    ///
    /// ```xml
    /// <nod pkg="demo_nodes_cpp" exec="talker"/>   <!-- did you mean <node>? -->
    /// ```
    UnknownAction = 201 Error "an unknown action",
    /// A tag of ROS 1, or one that stands inside of another tag only.
    UnsupportedAction = 202 Error "an action that does not stand here",
    /// An attribute, element or key that the action does not take. As in ROS, nothing of a launch file is skipped.
    ///
    /// ```xml
    /// <node pkg="demo_nodes_cpp" exe="talker"/>   <!-- did you mean 'exec'? -->
    /// ```
    UnexpectedAttribute = 203 Error "an unexpected attribute or element",
    /// The action does not work without it.
    MissingAttribute = 204 Error "an attribute is missing",
    /// The value has another type than the attribute takes. XML gives text the type that is asked for; YAML keeps the type
    /// it is written with, so a text that looks like a number needs quotes.
    WrongType = 205 Error "a value of another type",
    /// The value is of the right type, but none of those the attribute takes.
    WrongValue = 206 Error "a value that the attribute does not take",
    /// Two attributes, or an attribute and an element, exclude each other.
    Conflict = 207 Error "attributes that exclude each other",
    /// A YAML launch file is a list of mappings with one key each, the action; attributes are a mapping below it.
    WrongShape = 208 Error "YAML of another shape",
    /// What `if` or `unless` becomes has to be `true`, `false`, `1` or `0`. To compare write `$(equals LEFT RIGHT)` or
    /// `$(eval 'EXPRESSION')`.
    Condition = 209 Error "a condition that is neither true nor false",
    /// A command line, or the prefix of one, that cannot be split into words, is empty or too long.
    CommandLine = 210 Error "a command line that cannot be run",
    /// The release of ROS in use does not have it.
    NotInRelease = 211 Error "not in this release of ROS",
    /// A file includes itself with the same arguments, directly or by others. Give the include a condition that ends it.
    IncludeCycle = 212 Error "a file that includes itself",
    /// Names of nodes and namespaces consist of letters, digits and `_` between `/`, and do not begin with a digit.
    NodeName = 213 Error "a name ROS does not take",
    /// An `<arg>` without a default has to be given.
    ///
    /// ```console
    /// $ podbay launch robot.launch.xml map:=office
    /// ```
    MissingArgument = 214 Error "a required argument is not given",
    /// The argument's `<choice>`s do not have the value.
    ArgumentChoice = 215 Error "an argument has none of its choices",
    /// Launch arguments are typed as `name:=value`.
    MalformedArgument = 216 Error "a malformed launch argument",
    /// No `<arg>` declares the argument, so it most likely does nothing.
    UnusedArgument = 217 Warning "an argument that nobody declares",
    /// The launch file says of itself that it is deprecated.
    Deprecated = 218 Warning "a deprecated launch file",
    /// ROS reads over it, and so does podbay.
    IgnoredByRos = 219 Warning "something that ROS ignores",
    /// ROS makes of it something else than it looks like. podbay does the same.
    ReadsOtherwise = 220 Warning "a value that does not count as it looks",
    /// ROS nodes of one name cannot be told apart: services, parameters and lifecycle calls reach any of them.
    DuplicateNode = 221 Warning "two nodes of one name",
    /// What ROS does here is not carried over exactly.
    NotCarriedOver = 222 Warning "something is not carried over exactly",
    /// A loop (`<for>`, `<for_each>`) that cannot be run as it stands.
    Loop = 223 Error "a loop that cannot run",

    // PB03: substitutions and expressions

    /// `$(…)` is not closed, is empty, or its quotes do not match. Write `\$(` for the characters themselves.
    SubstitutionSyntax = 301 Error "a malformed substitution",
    /// No substitution of ROS has this name. If a package adds it, let ROS evaluate the file: see PB0903.
    UnknownSubstitution = 302 Error "an unknown substitution",
    /// The substitution takes another number of arguments, or other ones.
    SubstitutionArguments = 303 Error "a substitution with wrong arguments",
    /// `$(var NAME)` needs an `<arg>` or a `<let>` before it, or a default: `$(var NAME DEFAULT)`.
    UnknownConfiguration = 304 Error "a launch configuration does not exist",
    /// `$(env NAME)` needs the variable, or a default: `$(env NAME DEFAULT)`.
    UnknownEnvironment = 305 Error "an environment variable does not exist",
    /// A description that is sent as text has no file and no folder. Use `$(find-pkg-share PACKAGE)`.
    NoFile = 306 Error "a description without a file",
    /// Launch files run no commands unless `--allow-command`, or for callers from the ROS graph `allow_command` under
    /// `policy`, says so. A parameter that is nothing but `$(command 'xacro …')` is left to the node's container.
    CommandNotAllowed = 307 Error "a command may not be run",
    /// The command of `$(command …)` failed, took too long or printed too much.
    CommandFailed = 308 Error "a command failed",
    /// The command wrote to standard error.
    CommandWarned = 309 Warning "a command has something to say",
    /// The program or file that a substitution looks for does not exist.
    NotFound = 310 Error "a substitution finds nothing",
    /// The value of a substitution has to be true or false.
    NotABool = 311 Error "a substitution needs true or false",
    /// The text in `$(eval …)` is no Python expression.
    ExpressionSyntax = 320 Error "not a Python expression",
    /// podbay evaluates a part of Python: expressions without lambdas, imports and assignments, and the module `math`.
    UnsupportedPython = 321 Error "Python that podbay does not evaluate",
    /// The expression uses a name that Python does not have. A text needs quotes, a launch argument `$(var …)`.
    ///
    /// ```xml
    /// <let name="twice" value="$(eval '2 * count')"/>          <!-- count is not known -->
    /// <let name="twice" value="$(eval '2 * $(var count)')"/>
    /// ```
    UnknownName = 322 Error "an unknown name in an expression",
    /// An operator, function or method is given values it does not take. `int(…)`, `float(…)` and `str(…)` convert.
    ExpressionType = 323 Error "an expression with values of other types",
    /// The expression has no value: it divides by zero, leaves the range of a function, or reaches outside of a list.
    ExpressionValue = 324 Error "an expression without a value",
    /// The expression nests too deep, takes too much work, or makes too large a value. Take it apart by `<let>`.
    ExpressionTooLarge = 325 Error "an expression that is too large",
    /// The form in `format(…)`, an f-string or `%` is malformed, or not for this value.
    Form = 326 Error "a form that cannot be filled in",

    // PB04: parameters

    /// Parameters are true or false, whole numbers, numbers, texts, or lists of values of one of these types.
    ParameterType = 401 Error "a value that no parameter has",
    /// The text does not read as the type that `type="…"` asks for.
    ParameterCoercion = 402 Error "a text that is not of the parameter's type",
    /// A parameter file maps nodes to `ros__parameters:`.
    ///
    /// ```yaml
    /// /talker:
    ///   ros__parameters:
    ///     rate: 10
    /// ```
    ParameterFile = 403 Error "a malformed parameter file",
    /// A `<param>` has a value, inner parameters, or a file: one of them.
    Parameter = 404 Error "a malformed parameter",
    /// The node reads another value than the launch file seems to give.
    ParameterReread = 405 Warning "a parameter that the node reads otherwise",

    /// As in ROS, a node starts without a parameter file that does not exist where the launch file is evaluated.
    ParameterFileMissing = 406 Warning "a parameter file is left out",

    // PB05: profiles

    /// The key exists, and does not take this value. What it takes stands in the message.
    ProfileValue = 501 Error "a value that a profile does not take",
    /// Kubernetes takes names, images, labels and keys in certain forms only; the pod would be refused.
    ProfileName = 502 Error "a name that Kubernetes does not take",
    /// podbay sets this field itself: names, selectors, its own labels, what makes the pod belong to its launch.
    ProfileReserved = 503 Error "a field that is podbay's own",
    /// An entry does not work without something that it lacks, such as its name.
    ProfileIncomplete = 504 Error "an entry of a profile lacks something",
    /// What the profile says for a process cannot be true together. Each rule by itself may be right: what counts is what
    /// they come to for the process, one laid over the other. In a later rule, `key: null` takes away what an earlier one
    /// said.
    ProfileContradiction = 505 Error "a profile contradicts itself",
    /// A rule, or the whole profile, is for processes that this launch does not have. Most likely a name is misspelt.
    IdleRule = 506 Warning "a rule that matches no process",
    /// Processes that share a pod must agree about all that a pod has once: give both the same, or put one of them into a
    /// pod of its own by `group: node`.
    PodDisagreement = 507 Error "processes of one pod disagree",
    /// podbay takes ROS's own image, which has none of your packages. Give `image`.
    NoImage = 508 Warning "a profile without an image",
    /// Namespaces that enforce the Pod Security Standard `restricted` refuse the pod.
    PodMayBeRefused = 509 Warning "a pod that a namespace may refuse",
    /// The way of discovery does not fit the middleware, the workload or the network of a process.
    DiscoveryContradiction = 510 Error "discovery that cannot work",
    /// Nodes may not find each other, or podbay may not find them.
    Discovery = 511 Warning "nodes may not find each other",
    /// Names of Services are unique in a launch, and names and numbers of ports in a pod.
    ServiceClash = 512 Error "ports or Services clash",

    // PB06: rendering

    /// A node needs an executable, and an executable a command.
    NotRunnable = 601 Error "a process that cannot be run",
    /// Kubernetes takes names of environment variables of printable ASCII characters other than `=`.
    EnvironmentName = 602 Error "a variable that a container cannot have",
    /// Linux starts no program with an argument of more than 128 KiB, or arguments and environment of more than 2 MiB.
    CommandLineTooLong = 603 Error "a command line that Linux does not take",
    /// A ConfigMap holds at most 1 MiB, and no object may have more than about 1.5 MiB.
    ObjectTooLarge = 604 Error "an object that no cluster stores",
    /// `kubectl apply` keeps a copy of each object in an annotation; `--server-side` needs none.
    TooLargeToApply = 605 Warning "an object that kubectl apply does not take",
    /// Kubernetes decides when a container is restarted, and a workload whether.
    RestartsOtherwise = 611 Warning "restarts differ from ROS's own launch",
    /// What a launch file asks for after the start of the launch is not done yet: loading components, driving lifecycle
    /// nodes, timers, `on_exit`.
    NotSupervised = 612 Warning "a wish that is not supervised yet",
    /// The profile gives the command of the container, so what podbay would have added to it is left out.
    LeftOut = 613 Warning "something is left out",
    /// Kubernetes sends SIGTERM to the first process of a container only, and kills all at the end of the grace period.
    SigtermLost = 614 Warning "a program that may not get SIGTERM",
    /// Fast DDS and Cyclone DDS use shared memory and numbers of participants, which depend on what pods share.
    NodesLoseEachOther = 615 Warning "nodes may lose what they send, or not start",
    /// The file is not part of a package, and not here: only the image may have it.
    ParameterFileOfImage = 616 Warning "a parameter file that the image must have",
    /// Nodes of one name disturb each other.
    OneNameOnSeveralHosts = 617 Warning "one node name on several hosts",

    // PB07: configuration files and profiles

    /// The file has no such key. A section that is misspelt would else have no effect.
    UnknownKey = 701 Error "an unknown key",
    /// The value is not what the key takes.
    KeyValue = 702 Error "a value that a key does not take",
    /// The entry does not work without it.
    MissingKey = 703 Error "a key is missing",
    /// A key stands twice in one mapping.
    DuplicateKey = 704 Error "a key that is given twice",
    /// The file does not follow the rules of YAML.
    ConfigurationSyntax = 705 Error "a file that is not YAML",
    /// Two settings contradict each other, or one needs another.
    Contradiction = 706 Error "settings that contradict each other",
    /// The setting has no effect.
    NoEffect = 707 Warning "a setting without effect",

    // PB08: the policy section

    /// The entry can never match anything, so it looks like a permission and allows nothing.
    NeverMatches = 801 Error "a policy entry that can never match",
    /// A folder in `allow_files` does not exist.
    NoSuchFolder = 802 Warning "a folder that does not exist",

    // PB09: evaluation by ROS, and limits

    /// ROS's own engine refuses the launch file; the message is its own.
    ByRos = 901 Error "ROS refuses the launch file",
    /// Python launch files are evaluated by ROS's own engine: with `--evaluate here` where ROS 2 is sourced, or with
    /// `--evaluate image` in a pod of the profile's image.
    Python = 902 Error "a Python launch file needs ROS",
    /// A tag or substitution that a package adds to ROS's launch is evaluated by ROS's own engine only: with
    /// `--evaluate here` where ROS 2 and the package are sourced, or with `--evaluate image` in a pod of the profile's
    /// image.
    Extension = 903 Error "a launch extension needs ROS",
    /// ROS's own engine evaluates the launch file to something that podbay does not know, as a newer ROS may.
    UnknownToPodbay = 904 Error "something that podbay does not know",
    /// A launch has a bound on what it may come to: processes, actions, bytes of the description and of the objects. Split
    /// it into several, or raise `limits` in podbay's configuration.
    LaunchTooLarge = 910 Error "a launch that is too large",
    /// Nobody waits for the answer any more.
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
