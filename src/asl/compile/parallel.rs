//! `Parallel`

use super::fields::Fields;
use super::state::Type;
use super::{Compiler, parameters};
use crate::asl::program::{Parallel, StateKind};

pub(super) const TYPE: Type = Type {
    name: "Parallel",
    fields: &["Branches"],
    jsonpath: &["Parameters", "ResultSelector", "ResultPath"],
    jsonata: &["Arguments"],
    next: true,
    paths: true,
    assign: true,
    retry: true,
    read,
};

#[expect(clippy::unnecessary_wraps, reason = "every type's reader has this face")]
fn read(fields: &Fields, c: &mut Compiler) -> Option<StateKind> {
    fields.require(&["Branches"], c);
    if let Some(branches) = fields.get("Branches")
        && let Some([]) = branches.items(c)
    {
        branches.wrong("'Branches' has no branch", c);
    }
    Some(StateKind::Parallel(Box::new(Parallel {
        branches: c.survey.state(c.current).inner.clone(),
        parameters: fields.filling(parameters::name(c), c),
        result_selector: fields.filling("ResultSelector", c),
        result_path: fields.result_path(c),
    })))
}
