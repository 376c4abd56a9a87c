//! Names and images in a profile. Invalid ones are refused here, with their place, instead of later by the
//! API server or the container runtime.

use serde_json::Value;

use super::Profile;
use super::check::{Found, Mistake};
use podbay_core::formats::{is_annotation, is_image, is_key, is_label, is_label_value, is_subdomain};

const IMAGE: &str = "name of an image, such as registry.example.com/robot:1.2";
const CONTAINER: &str = "name of a container: at most 63 lower case letters, digits and '-'";
const OBJECT: &str = "name of Kubernetes: lower case letters, digits, '-' and '.'";
const KEY: &str = "key of Kubernetes: letters, digits, '-', '_' and '.', after a domain and / perhaps, as in example.com/owner";
const VALUE: &str = "value of a label: at most 63 letters, digits, '-', '_' and '.'";
const VARIABLE: &str = "name of a variable: printable characters without '='";

/// Lists of containers in a profile and in a pod.
const LISTS: [&str; 3] = ["initContainers", "sidecars", "containers"];

impl Profile {
    pub(super) fn check_names(&self) -> Result<(), Found> {
        let (container, pod) = (&self.container, &self.pod);
        if let Some(image) = &container.image {
            expect("image", image, is_image, IMAGE)?;
        }
        for name in container.env.keys() {
            expect(&format!("env.{name}"), name, is_variable, VARIABLE)?;
        }
        self.objects()?;
        for (field, labels) in [("labels", &pod.labels), ("nodeSelector", &pod.node_selector)] {
            for (key, value) in labels {
                let path = format!("{field}.{key}");
                expect(&path, key, is_key, KEY)?;
                expect(&path, value, is_label_value, VALUE)?;
            }
        }
        for key in pod.annotations.keys() {
            expect(&format!("annotations.{key}"), key, is_annotation, KEY)?;
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
            name.map_or(Ok(()), |name| expect(path, name, is_subdomain, OBJECT))?;
        }
        let discovery = self.network.discovery.as_ref();
        let image = discovery.and_then(|discovery| discovery.image.as_deref());
        image.map_or(Ok(()), |image| expect("discovery.image", image, is_image, IMAGE))
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
            expect(&format!("{path}.name"), name, is_label, CONTAINER)?;
        }
        image(&format!("{path}.image"), &entry["image"])?;
    }
    Ok(())
}

fn image(path: &str, value: &Value) -> Result<(), Found> {
    let image = value.as_str();
    image.map_or(Ok(()), |image| expect(path, image, is_image, IMAGE))
}

fn expect(path: &str, text: &str, fits: impl Fn(&str) -> bool, what: &'static str) -> Result<(), Found> {
    if fits(text) {
        return Ok(());
    }
    let mistake = Mistake::Name {
        path: path.to_owned(),
        text: text.to_owned(),
        what,
    };
    Err((path.to_owned(), mistake))
}

/// Whether Kubernetes accepts the name of an environment variable.
fn is_variable(name: &str) -> bool {
    let inner = |c: char| (' '..='~').contains(&c) && c != '=';
    !name.is_empty() && name.chars().all(inner)
}
