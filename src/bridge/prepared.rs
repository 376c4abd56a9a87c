//! What is made of a translation within the turn that rendered it, off the runtime's threads.

use super::admit::Admission;
use super::{Translation, hidden, quota};
use podbay_core::object::Object;
use podbay_core::part::Part;
use podbay_core::request::{Caller, Refusal, Reply};
use podbay_render as render;
use podbay_render::Rendered;
use podbay_text::lengths;
use podbay_text::problem::Problem;

/// A launch as it may be created.
pub(super) struct Admitted {
    pub(super) record: Object,
    pub(super) objects: Vec<Object>,
    pub(super) parts: Vec<Part>,
    pub(super) count: quota::Count,
    pub(super) problems: Vec<Problem>,
}

impl Admitted {
    /// The launch of `caller`, judged and marked.
    pub(super) fn of(translation: Translation, caller: &Caller, admit: &Admission) -> Result<Self, Refusal> {
        let Rendered {
            mut record, objects, ..
        } = translation.rendered;
        let objects = objects.into_iter().map(|object| admit.rendered(object));
        let mut objects = objects.collect::<Result<Vec<_>, _>>()?;
        let count = quota::mark_launch(caller, &mut record, &mut objects);
        Ok(Self {
            parts: objects.iter().filter_map(Part::of).collect(),
            record,
            objects,
            count,
            problems: translation.problems,
        })
    }
}

/// A translation as text, without what `hide` does not have of the environment.
pub(super) fn written(translation: Translation, hide: Option<&[(String, String)]>) -> Result<Reply, Refusal> {
    let Translation {
        description,
        mut rendered,
        mut problems,
    } = translation;
    if let Some(own) = hide {
        hidden::hide(&mut rendered.objects, &description, own);
    }
    problems.extend(render::applied::note(rendered.all()));
    let description = serde_json::to_string(&description).map_err(|error| error.to_string())?;
    let mut left = lengths::ANSWER
        .checked_sub(description.len())
        .ok_or_else(too_large)?;
    let mut manifests = Vec::new();
    for object in rendered.all() {
        let text = render::to_yaml([object]);
        left = left.checked_sub(text.len()).ok_or_else(too_large)?;
        manifests.push(text);
    }
    Ok(Reply::Translation {
        manifests,
        description,
        problems,
    })
}

fn too_large() -> Refusal {
    let most = lengths::ANSWER;
    Refusal::from(format!(
        "the translation has more than {most} bytes, which is the most that is sent over the ROS graph; `podbay translate` \
         prints it, start_launch does not need it"
    ))
}
