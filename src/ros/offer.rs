//! The services and topics that podbay offers, for every backend.

use std::sync::Arc;

use super::Error;
use super::backend::podbay_msgs::{msg, srv};
use super::backend::rcl_interfaces::{msg::Log, srv as parameter};
use super::backend::{Latched, Node, Publisher, Service, diagnostic_msgs};
use super::calls::Calls;
use super::convert::refusal::Refusable;
use super::parameters::Parameters;
use crate::operation::{Kind, Operation};
use podbay_core::node::Qos;
use podbay_core::request::Refusal;

/// The topics that podbay publishes.
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

/// Opens one service per operation.
pub(crate) fn services(node: &Node, calls: &Calls) -> Result<(), Error> {
    use crate::operation::*;
    offer::<srv::CreatePod::Service, CreatePod>(node, calls)?;
    offer::<srv::DeletePod::Service, DeletePod>(node, calls)?;
    offer::<srv::RestartPod::Service, RestartPod>(node, calls)?;
    offer::<srv::GetPod::Service, GetPod>(node, calls)?;
    offer::<srv::ListPods::Service, ListPods>(node, calls)?;
    offer::<srv::GetLogs::Service, GetLogs>(node, calls)?;
    offer::<srv::ExecInPod::Service, ExecInPod>(node, calls)?;
    offer::<srv::StartLaunch::Service, StartLaunch>(node, calls)?;
    offer::<srv::StopLaunch::Service, StopLaunch>(node, calls)?;
    offer::<srv::ListLaunches::Service, ListLaunches>(node, calls)?;
    offer::<srv::TranslateLaunch::Service, TranslateLaunch>(node, calls)
}

/// Offers the operation `O` as a service of the same name.
fn offer<S, O>(node: &Node, calls: &Calls) -> Result<(), Error>
where
    S: Service,
    S::Request: TryInto<O, Error = Refusal>,
    S::Response: From<O::Reply> + Refusable,
    O: Operation,
{
    let calls = calls.clone();
    node.serve::<S, _, _>(&format!("~/{}", O::NAME), move |caller, request| {
        let reply = calls
            .clone()
            .ask::<O>(caller, request.and_then(S::Request::try_into));
        async move { reply.await.map_or_else(S::Response::refused, S::Response::from) }
    })
}

/// Opens the parameter services that every ROS node has.
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

/// The responses of these services cannot express a refusal of the whole request; it is answered with an
/// empty response, as in rclcpp.
fn ask<S: Service>(
    node: &Node,
    (calls, parameters): (&Calls, &Arc<Parameters>),
    name: &str,
    reply: fn(&Parameters, &S::Request) -> S::Response,
) -> Result<(), Error> {
    let (calls, parameters) = (calls.clone(), Arc::clone(parameters));
    node.serve::<S, _, _>(&format!("~/{name}"), move |caller, request| {
        let placed = calls.slot(caller, Kind::Read);
        let response = match (placed, request) {
            (Ok(_), Ok(request)) => reply(&parameters, &request),
            _ => S::Response::default(),
        };
        std::future::ready(response)
    })
}
