//! Calls of rcl that r2r does not offer: a context whose creation may fail, and node names.
#![allow(unsafe_code)] // C; each block states what it relies on

use std::ffi::{CStr, CString, c_char};
use std::ptr::null;

use r2r_rcl::*;

use podbay_core::names::Nodes;

/// A separate rcl context, created from the arguments and the environment of this process.
pub(super) struct Context(Box<rcl_context_t>);

/// A node that only observes, in its own context.
pub(super) struct Observer {
    node: Box<rcl_node_t>,
    name: String,
    // dropped last: it has to outlive the node
    _context: Context,
}

impl Context {
    /// Fails if rcl does not accept the arguments or the environment.
    pub(super) fn open() -> Result<Self, String> {
        let args: Vec<CString> = std::env::args()
            .filter_map(|arg| CString::new(arg).ok())
            .collect();
        let args: Vec<*const c_char> = args.iter().map(|arg| arg.as_ptr()).collect();
        let count = i32::try_from(args.len()).map_err(|error| error.to_string())?;
        // SAFETY: rcl copies arguments and options; the context is boxed, so it does not move.
        unsafe {
            let mut options = rcl_get_zero_initialized_init_options();
            check(rcl_init_options_init(
                &mut options,
                rcutils_get_default_allocator(),
            ))?;
            let mut context = Box::new(rcl_get_zero_initialized_context());
            let opened = check(rcl_init(count, args.as_ptr(), &options, context.as_mut()));
            check(rcl_init_options_fini(&mut options))?;
            opened.map(|()| Self(context))
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: it was initialized, and nothing created from it remains.
        unsafe {
            rcl_shutdown(self.0.as_mut());
            rcl_context_fini(self.0.as_mut());
        }
    }
}

impl Observer {
    /// A node in `namespace`, hidden as usual in ROS by a name that begins with `_`.
    pub(super) fn open(mut context: Context, namespace: &str) -> Result<Self, String> {
        let name = format!("_podbay_graph_{}", std::process::id());
        let c_name = CString::new(name.as_str()).map_err(|error| error.to_string())?;
        let c_namespace = CString::new(namespace).map_err(|error| error.to_string())?;
        // SAFETY: rcl copies names and options; the node is boxed, and the context is kept as long as the
        // node.
        let node = unsafe {
            let mut options = rcl_node_get_default_options();
            // remap rules are for podbay's node, not for this one
            options.use_global_arguments = false;
            options.enable_rosout = false;
            check(rcl_parse_arguments(
                0,
                null(),
                options.allocator,
                &mut options.arguments,
            ))?;
            let mut node = Box::new(rcl_get_zero_initialized_node());
            let (name, namespace, context) = (c_name.as_ptr(), c_namespace.as_ptr(), context.0.as_mut());
            let opened = check(rcl_node_init(node.as_mut(), name, namespace, context, &options));
            check(rcl_node_options_fini(&mut options))?;
            opened.map(|()| node)?
        };
        Ok(Self {
            node,
            name: qualified(namespace, &name),
            _context: context,
        })
    }

    /// Fully qualified names of the nodes in the graph, except this one.
    pub(super) fn nodes(&self) -> Result<Nodes, String> {
        // SAFETY: rcl fills both arrays with the same number of strings; they are copied before they are
        // freed.
        unsafe {
            let mut names = rcutils_get_zero_initialized_string_array();
            let mut namespaces = rcutils_get_zero_initialized_string_array();
            check(rcl_get_node_names(
                self.node.as_ref(),
                rcutils_get_default_allocator(),
                &mut names,
                &mut namespaces,
            ))?;
            let nodes = strings(&namespaces).zip(strings(&names));
            let nodes = nodes.map(|(namespace, name)| qualified(&namespace, &name));
            let nodes = nodes.filter(|name| *name != self.name).collect();
            check(rcutils_string_array_fini(&mut names))?;
            check(rcutils_string_array_fini(&mut namespaces))?;
            Ok(nodes)
        }
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        // SAFETY: it was initialized.
        unsafe {
            rcl_node_fini(self.node.as_mut());
        }
    }
}

fn qualified(namespace: &str, name: &str) -> String {
    format!("{}/{name}", namespace.trim_end_matches('/'))
}

/// # Safety
/// `array` holds `size` C strings, as rcl leaves it.
unsafe fn strings(array: &rcutils_string_array_t) -> impl Iterator<Item = String> {
    let text = |index| unsafe { CStr::from_ptr(*array.data.add(index)) };
    (0..array.size).map(move |index| text(index).to_string_lossy().into_owned())
}

/// rcl's message for its last error, if `code` is an error.
fn check(code: rcl_ret_t) -> Result<(), String> {
    if i64::from(code) == i64::from(RCL_RET_OK) {
        return Ok(());
    }
    // SAFETY: the text is a C string by value.
    unsafe {
        let error = rcutils_get_error_string();
        let text = CStr::from_ptr(error.str_.as_ptr()).to_string_lossy().into_owned();
        rcutils_reset_error();
        Err(text)
    }
}
