//! The parameters of podbay's node, for `ros2 param`: set at the start, then read-only.

use std::collections::{BTreeMap, BTreeSet};

use super::backend::rcl_interfaces::msg::{
    self, ListParametersResult, ParameterDescriptor, ParameterType, ParameterValue, SetParametersResult,
};
use super::backend::rcl_interfaces::srv;
use podbay_core::node::{Parameter, USE_SIM_TIME};
use podbay_text::{lengths, shown};

/// Parameters by name.
#[derive(Debug)]
pub(crate) struct Parameters(BTreeMap<String, Parameter>);

impl Parameters {
    /// The last of several values of one name counts. The parameters of every node have their defaults.
    pub(crate) fn new(parameters: &[(String, Parameter)]) -> Self {
        let own = (USE_SIM_TIME.to_owned(), Parameter::Bool(false));
        Self([own].into_iter().chain(parameters.iter().cloned()).collect())
    }

    pub(crate) fn describe(
        &self,
        request: &srv::DescribeParameters::Request,
    ) -> srv::DescribeParameters::Response {
        let descriptors = taken(&request.names).map(|name| self.descriptor(name)).collect();
        srv::DescribeParameters::Response { descriptors }
    }

    pub(crate) fn get(&self, request: &srv::GetParameters::Request) -> srv::GetParameters::Response {
        let value = |name: &String| self.0.get(name).map(value).unwrap_or_default();
        srv::GetParameters::Response {
            values: taken(&request.names).map(value).collect(),
        }
    }

    pub(crate) fn types(
        &self,
        request: &srv::GetParameterTypes::Request,
    ) -> srv::GetParameterTypes::Response {
        srv::GetParameterTypes::Response {
            types: taken(&request.names).map(|name| self.kind(name)).collect(),
        }
    }

    /// Names below the requested prefixes, at most `depth` levels below them (0: any), and the prefixes of
    /// these names.
    pub(crate) fn list(&self, request: &srv::ListParameters::Request) -> srv::ListParameters::Response {
        let too_many = lengths::check_list("prefixes", &request.prefixes).is_err();
        let wanted = |name: &&String| !too_many && selected(name, &request.prefixes, request.depth);
        let names: Vec<String> = self.0.keys().filter(wanted).cloned().collect();
        let prefixes = names
            .iter()
            .filter_map(|name| name.rsplit_once('.'))
            .map(|(prefix, _)| prefix.to_owned());
        let prefixes = prefixes.collect::<BTreeSet<_>>().into_iter().collect();
        srv::ListParameters::Response {
            result: ListParametersResult { names, prefixes },
        }
    }

    pub(crate) fn set(&self, request: &srv::SetParameters::Request) -> srv::SetParameters::Response {
        srv::SetParameters::Response {
            results: taken(&request.parameters).map(|it| self.refusal(it)).collect(),
        }
    }

    pub(crate) fn set_atomically(
        &self,
        request: &srv::SetParametersAtomically::Request,
    ) -> srv::SetParametersAtomically::Response {
        let nothing = SetParametersResult {
            successful: true,
            reason: String::new(),
        };
        let result = request
            .parameters
            .first()
            .map_or(nothing, |parameter| self.refusal(parameter));
        srv::SetParametersAtomically::Response { result }
    }

    fn refusal(&self, parameter: &msg::Parameter) -> SetParametersResult {
        let name = &lengths::short(&parameter.name);
        let reason = if self.0.contains_key(name) {
            format!("parameter {name} is read-only; start podbay with --ros-args -p {name}:=VALUE")
        } else {
            format!("podbay has no parameter {name}")
        };
        SetParametersResult {
            successful: false,
            reason: shown::line(&reason).into_owned(),
        }
    }

    fn descriptor(&self, name: &str) -> ParameterDescriptor {
        let (name, read_only) = (name.to_owned(), self.0.contains_key(name));
        ParameterDescriptor {
            type_: self.kind(&name),
            name: shown::line(&lengths::short(&name)).into_owned(),
            read_only,
            ..ParameterDescriptor::default()
        }
    }

    fn kind(&self, name: &str) -> u8 {
        self.0
            .get(name)
            .map_or(ParameterType::PARAMETER_NOT_SET as u8, |parameter| {
                value(parameter).type_
            })
    }
}

/// The elements of a list that are answered. Those beyond the limit are not, since each costs more than its
/// request.
fn taken<T>(list: &[T]) -> impl Iterator<Item = &T> {
    let list = lengths::check_list("", list).map_or(&[][..], |()| list);
    list.iter()
}

fn selected(name: &str, prefixes: &[String], depth: u64) -> bool {
    let within = |rest: &str| depth == 0 || (rest.matches('.').count() as u64) < depth;
    let below = |prefix: &String| match name.strip_prefix(prefix.as_str()) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('.').is_some_and(within),
        None => false,
    };
    if prefixes.is_empty() {
        within(name)
    } else {
        prefixes.iter().any(below)
    }
}

fn value(parameter: &Parameter) -> ParameterValue {
    use ParameterType as Type;
    let mut value = ParameterValue::default();
    value.type_ = match parameter.clone() {
        Parameter::Bool(it) => put(&mut value.bool_value, it, Type::PARAMETER_BOOL as u8),
        Parameter::Integer(it) => put(&mut value.integer_value, it, Type::PARAMETER_INTEGER as u8),
        Parameter::Double(it) => put(&mut value.double_value, it, Type::PARAMETER_DOUBLE as u8),
        Parameter::String(it) => put(&mut value.string_value, it, Type::PARAMETER_STRING as u8),
        Parameter::BoolArray(it) => put(&mut value.bool_array_value, it, Type::PARAMETER_BOOL_ARRAY as u8),
        Parameter::IntegerArray(it) => put(
            &mut value.integer_array_value,
            it,
            Type::PARAMETER_INTEGER_ARRAY as u8,
        ),
        Parameter::DoubleArray(it) => put(
            &mut value.double_array_value,
            it,
            Type::PARAMETER_DOUBLE_ARRAY as u8,
        ),
        Parameter::StringArray(it) => put(
            &mut value.string_array_value,
            it,
            Type::PARAMETER_STRING_ARRAY as u8,
        ),
    };
    value
}

fn put<T>(field: &mut T, value: T, kind: u8) -> u8 {
    *field = value;
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> Parameters {
        let named = |name: &str, value| (name.to_owned(), value);
        Parameters::new(&[
            named("cluster", Parameter::String("kube".to_owned())),
            named("http.port", Parameter::Integer(1)),
            named("http.port", Parameter::Integer(8080)),
            named("http.tls.on", Parameter::Bool(true)),
        ])
    }

    fn check_list(prefixes: &[&str], depth: u64, names: &[&str], found_prefixes: &[&str]) {
        let prefixes = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        let result = parameters()
            .list(&srv::ListParameters::Request { prefixes, depth })
            .result;
        assert_eq!(result.names, names);
        assert_eq!(result.prefixes, found_prefixes);
    }

    #[test]
    fn names_are_listed_by_prefix_and_depth() {
        check_list(
            &[],
            0,
            &["cluster", "http.port", "http.tls.on", "use_sim_time"],
            &["http", "http.tls"],
        );
        check_list(&[], 1, &["cluster", "use_sim_time"], &[]);
        check_list(&["http"], 1, &["http.port"], &["http"]);
        check_list(&["http"], 0, &["http.port", "http.tls.on"], &["http", "http.tls"]);
        check_list(&["htt"], 0, &[], &[]);
        check_list(&["cluster"], 0, &["cluster"], &[]);
    }

    #[test]
    fn the_last_value_of_a_name_counts() {
        let names = vec!["http.port".to_owned(), "nosuch".to_owned()];
        let values = parameters().get(&srv::GetParameters::Request { names }).values;
        assert_eq!(
            (values[0].type_, values[0].integer_value),
            (ParameterType::PARAMETER_INTEGER as u8, 8080)
        );
        assert_eq!(values[1].type_, ParameterType::PARAMETER_NOT_SET as u8);
    }

    #[test]
    fn every_node_has_use_sim_time() {
        let value = |given: &[(String, Parameter)]| {
            let names = vec![USE_SIM_TIME.to_owned()];
            let values = Parameters::new(given)
                .get(&srv::GetParameters::Request { names })
                .values;
            (values[0].type_, values[0].bool_value)
        };
        let kind = ParameterType::PARAMETER_BOOL as u8;
        assert_eq!(value(&[]), (kind, false));
        assert_eq!(
            value(&[(USE_SIM_TIME.to_owned(), Parameter::Bool(true))]),
            (kind, true)
        );
    }

    #[test]
    fn nothing_can_be_set_and_the_answer_says_why() {
        let named = |name: &str| msg::Parameter {
            name: name.to_owned(),
            ..Default::default()
        };
        let request = srv::SetParameters::Request {
            parameters: vec![named("cluster"), named("nosuch")],
        };
        let results = parameters().set(&request).results;
        assert!(results.iter().all(|result| !result.successful));
        assert!(results[0].reason.contains("read-only"));
        assert!(results[1].reason.contains("no parameter nosuch"));
    }

    #[test]
    fn long_names_and_lists_do_not_come_back() {
        let named = |name: String| msg::Parameter {
            name,
            ..Default::default()
        };
        let set = |parameters: Vec<msg::Parameter>| {
            let request = srv::SetParameters::Request { parameters };
            parameters_of(&request)
        };
        assert!(
            set(vec![named("x".repeat(1_000_000))])
                .iter()
                .all(|reason| reason.len() < 400)
        );
        assert_eq!(set(vec![named(String::new()); 1001]), Vec::<String>::new());
        let names = vec!["cluster".to_owned(); 1001];
        assert!(
            parameters()
                .get(&srv::GetParameters::Request { names })
                .values
                .is_empty()
        );
    }

    fn parameters_of(request: &srv::SetParameters::Request) -> Vec<String> {
        let results = parameters().set(request).results;
        results.into_iter().map(|result| result.reason).collect()
    }
}
