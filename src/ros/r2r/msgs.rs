//! ROS messages and services as rosidl made them for the sourced ROS 2.

use r2r::{WrappedServiceTypeSupport, WrappedTypesupport};

pub(crate) use r2r::{builtin_interfaces, diagnostic_msgs, podbay_msgs, rcl_interfaces, std_msgs};

/// A message, request or response.
pub(crate) trait Message: WrappedTypesupport + Send + Sync + 'static {}

impl<M: WrappedTypesupport + Send + Sync + 'static> Message for M {}

/// A service.
pub(crate) trait Service:
    WrappedServiceTypeSupport<Request: Message, Response: Message> + 'static
{
}

impl<S: WrappedServiceTypeSupport<Request: Message, Response: Message> + 'static> Service for S {}
