//! Names and images in a profile. Invalid ones are refused here, with their place, instead of later by the
//! API server or the container runtime.

use serde_json::Value;

use super::check::Found;
use super::{Profile, resources};
use podbay_core::formats::{is_annotation, is_image, is_key, is_label, is_label_value, is_subdomain};
use podbay_text::diagnostic::{Code, Diagnostic};

/// The required form of a text.
struct Form {
    /// What the text is.
    what: &'static str,
    /// Describes the form.
    rule: &'static str,
    fits: fn(&str) -> bool,
}

impl Form {
    const fn new(what: &'static str, rule: &'static str, fits: fn(&str) -> bool) -> Self {
        Self { what, rule, fits }
    }

    /// The error, where `given` describes the text and its place.
    fn error(&self, given: &str) -> Diagnostic {
        let what = format!("{given}, which is not a valid {}", self.what);
        Code::ProfileName.says(what).help(self.rule)
    }
}

/// The rule for keys of labels and annotations.
const KEY: &str =
    "use letters, digits, '-', '_' and '.', optionally after a domain and '/', as in example.com/owner";

const IMAGE: Form = Form::new(
    "image name",
    "write it as registry.example.com/robot:1.2, in lowercase",
    is_image,
);
const CONTAINER: Form = Form::new(
    "container name",
    "use at most 63 lowercase letters, digits and '-'",
    is_label,
);
const OBJECT: Form = Form::new(
    "object name",
    "use lowercase letters, digits, '-' and '.'",
    is_subdomain,
);
const LABEL: Form = Form::new("label key", KEY, is_key);
const ANNOTATION: Form = Form::new("annotation key", KEY, is_annotation);
const VALUE: Form = Form::new(
    "label value",
    "use at most 63 letters, digits, '-', '_' and '.'",
    is_label_value,
);
const VARIABLE: Form = Form::new(
    "variable name",
    "use printable characters other than '='",
    is_variable,
);

/// Lists of containers in a profile and in a pod.
const LISTS: [&str; 3] = ["initContainers", "sidecars", "containers"];

impl Profile {
    pub(super) fn check_names(&self) -> Result<(), Found> {
        let (container, pod) = (&self.container, &self.pod);
        if let Some(image) = &container.image {
            value("image", image, &IMAGE)?;
        }
        for name in container.env.keys() {
            key("env", name, &VARIABLE)?;
        }
        self.objects()?;
        for (field, labels) in [("labels", &pod.labels), ("nodeSelector", &pod.node_selector)] {
            for (name, text) in labels {
                key(field, name, &LABEL)?;
                value(&format!("{field}.{name}"), text, &VALUE)?;
            }
        }
        for name in pod.annotations.keys() {
            key("annotations", name, &ANNOTATION)?;
        }
        self.others()
    }

    /// Names of cluster objects.
    fn objects(&self) -> Result<(), Found> {
        let pod = &self.pod;
        for (path, name) in [
            ("serviceAccountName", &pod.service_account_name),
            ("runtimeClassName", &pod.runtime_class_name),
            ("priorityClassName", &pod.priority_class_name),
        ] {
            let name = name.as_deref().filter(|name| !name.is_empty());
            name.map_or(Ok(()), |name| value(path, name, &OBJECT))?;
        }
        let discovery = self.network.discovery.as_ref();
        let image = discovery.and_then(|discovery| discovery.image.as_deref());
        image.map_or(Ok(()), |image| value("discovery.image", image, &IMAGE))
    }

    /// Other containers, and patches.
    fn others(&self) -> Result<(), Found> {
        let pod = &self.pod;
        for (list, typed) in LISTS.into_iter().zip([
            &pod.init_containers.value,
            &pod.sidecars.value,
            &pod.containers.value,
        ]) {
            containers(list, typed)?;
        }
        for patch in &self.container.patch.all {
            image("container.image", &patch["image"])?;
        }
        for patch in &pod.patch.all {
            LISTS
                .into_iter()
                .try_for_each(|list| containers(&format!("pod.spec.{list}"), &patch["spec"][list]))?;
        }
        Ok(())
    }
}

fn containers(list: &str, entries: &Value) -> Result<(), Found> {
    for (index, entry) in entries.as_array().into_iter().flatten().enumerate() {
        let path = format!("{list}[{index}]");
        if let Some(name) = entry["name"].as_str() {
            value(&format!("{path}.name"), name, &CONTAINER)?;
        }
        image(&format!("{path}.image"), &entry["image"])?;
        for of in ["requests", "limits"] {
            let path = format!("{path}.resources.{of}");
            let amounts = entry["resources"][of].as_object().into_iter().flatten();
            let mut amounts = amounts.filter_map(|(name, amount)| Some((name, amount.as_str()?)));
            amounts.try_for_each(|(name, amount)| resources::one(&path, name, amount))?;
        }
    }
    Ok(())
}

fn image(path: &str, image: &Value) -> Result<(), Found> {
    let image = image.as_str();
    image.map_or(Ok(()), |image| value(path, image, &IMAGE))
}

/// Checks the value at `path`.
fn value(path: &str, text: &str, form: &Form) -> Result<(), Found> {
    let error = || form.error(&format!("`{path}` is {text:?}"));
    match (form.fits)(text) {
        true => Ok(()),
        false => Err(Found::value(path, error())),
    }
}

/// Checks a key of the mapping `field`.
fn key(field: &str, text: &str, form: &Form) -> Result<(), Found> {
    let error = || form.error(&format!("`{field}` has the key {text:?}"));
    match (form.fits)(text) {
        true => Ok(()),
        false => Err(Found::key(format!("{field}.{text}"), error())),
    }
}

/// Whether Kubernetes accepts the name of an environment variable.
fn is_variable(name: &str) -> bool {
    let inner = |c: char| (' '..='~').contains(&c) && c != '=';
    !name.is_empty() && name.chars().all(inner)
}
