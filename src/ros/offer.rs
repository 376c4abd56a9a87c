//! Which services and topics podbay offers, once for every backend.

use std::sync::Arc;

use super::Error;
use super::backend::podbay_msgs::{msg, srv};
use super::backend::rcl_interfaces::{msg::Log, srv as parameter};
use super::backend::{Latched, Node, Publisher, Service, diagnostic_msgs};
use super::calls::Calls;
use super::convert::reply::{self, Outcome};
use super::convert::request::{self, Asked};
use super::fair::Kind;
use super::parameters::Parameters;
use super::qos::Qos;

/// What podbay publishes.
pub(crate) struct Topics {
    pub(crate) pods: Latched<msg::PodArray>,
    pub(crate) events: Publisher<msg::PodEvent>,
    pub(crate) diagnostics: Publisher<diagnostic_msgs::msg::DiagnosticArray>,
    pub(crate) rosout: Publisher<Log>,
}

/// Opens the topics.
pub(crate) fn topics(node: &Node) -> Result<Topics, Error> {
    Ok(Topics {
        pods: node.latched("~/pods")?,
        events: node.publisher("~/pod_events", Qos::volatile(100))?,
        diagnostics: node.publisher("/diagnostics", Qos::volatile(10))?,
        rosout: node.publisher("/rosout", Qos::ROSOUT)?,
    })
}

/// Opens the services whose requests go to the bridge.
pub(crate) fn services(node: &Node, calls: &Calls) -> Result<(), Error> {
    use srv::*;
    offer::<CreatePod::Service>(node, calls, "create_pod", request::create_pod, reply::create_pod)?;
    offer::<DeletePod::Service>(node, calls, "delete_pod", request::delete_pod, reply::delete_pod)?;
    offer::<RestartPod::Service>(
        node,
        calls,
        "restart_pod",
        request::restart_pod,
        reply::restart_pod,
    )?;
    offer::<GetPod::Service>(node, calls, "get_pod", request::get_pod, reply::get_pod)?;
    offer::<ListPods::Service>(node, calls, "list_pods", request::list_pods, reply::list_pods)?;
    offer::<GetLogs::Service>(node, calls, "get_logs", request::get_logs, reply::get_logs)?;
    offer::<ExecInPod::Service>(
        node,
        calls,
        "exec_in_pod",
        request::exec_in_pod,
        reply::exec_in_pod,
    )?;
    offer::<StartLaunch::Service>(
        node,
        calls,
        "start_launch",
        request::start_launch,
        reply::start_launch,
    )?;
    offer::<StopLaunch::Service>(
        node,
        calls,
        "stop_launch",
        request::stop_launch,
        reply::stop_launch,
    )?;
    offer::<ListLaunches::Service>(
        node,
        calls,
        "list_launches",
        request::list_launches,
        reply::list_launches,
    )?;
    offer::<TranslateLaunch::Service>(
        node,
        calls,
        "translate_launch",
        request::translate_launch,
        reply::translate_launch,
    )
}

fn offer<S: Service>(
    node: &Node,
    calls: &Calls,
    name: &str,
    request: fn(S::Request) -> Asked,
    respond: fn(Outcome) -> S::Response,
) -> Result<(), Error> {
    let calls = calls.clone();
    node.serve::<S, _, _>(&format!("~/{name}"), move |caller, asked| {
        let outcome = calls.clone().ask(caller, asked.and_then(request));
        async move { respond(outcome.await) }
    })
}

/// Opens the services that every ROS node has for its parameters.
pub(crate) fn parameters(node: &Node, calls: &Calls, parameters: &Arc<Parameters>) -> Result<(), Error> {
    use parameter::*;
    let with = (calls, parameters);
    ask::<DescribeParameters::Service>(node, with, "describe_parameters", Parameters::describe)?;
    ask::<GetParameters::Service>(node, with, "get_parameters", Parameters::get)?;
    ask::<GetParameterTypes::Service>(node, with, "get_parameter_types", Parameters::types)?;
    ask::<ListParameters::Service>(node, with, "list_parameters", Parameters::list)?;
    ask::<SetParameters::Service>(node, with, "set_parameters", Parameters::set)?;
    ask::<SetParametersAtomically::Service>(
        node,
        with,
        "set_parameters_atomically",
        Parameters::set_atomically,
    )
}

/// These services have no words for a refusal of the whole request: it is answered with an empty response, as rclcpp
/// answers what it cannot serve.
fn ask<S: Service>(
    node: &Node,
    (calls, parameters): (&Calls, &Arc<Parameters>),
    name: &str,
    answer: fn(&Parameters, &S::Request) -> S::Response,
) -> Result<(), Error> {
    let (calls, parameters) = (calls.clone(), Arc::clone(parameters));
    node.serve::<S, _, _>(&format!("~/{name}"), move |caller, request| {
        let placed = calls.slot(caller, Kind::Read);
        let response = match (placed, request) {
            (Ok(_), Ok(request)) => answer(&parameters, &request),
            _ => S::Response::default(),
        };
        std::future::ready(response)
    })
}
