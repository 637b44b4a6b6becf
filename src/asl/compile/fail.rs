//! `Fail`

use super::Compiler;
use super::fields::Fields;
use super::state::Type;
use crate::asl::program::{StateKind, Text};
use crate::asl::template::Template;

pub(super) const TYPE: Type = Type {
    name: "Fail",
    fields: &["Error", "Cause"],
    jsonpath: &["ErrorPath", "CausePath"],
    jsonata: &[],
    next: false,
    paths: false,
    assign: false,
    retry: false,
    read,
};

#[expect(clippy::unnecessary_wraps, reason = "every type's reader has this face")]
fn read(fields: &Fields, c: &mut Compiler) -> Option<StateKind> {
    if !TYPE.fields.iter().chain(TYPE.jsonpath).any(|name| fields.has(name)) {
        c.warning("FAIL_WITHOUT_ERROR", fields.place, &fields.pointer, "nothing will tell why the execution failed")
            .help("give the Fail state an 'Error' and a 'Cause'");
    }
    Some(StateKind::Fail { error: text("Error", "ErrorPath", fields, c), cause: text("Cause", "CausePath", fields, c) })
}

fn text(literal: &str, path: &str, fields: &Fields, c: &mut Compiler) -> Option<Text> {
    fields.exclusive(literal, path, c);
    if let Some(computed) = fields.computed(literal, c) {
        return Some(Text::Jsonata(computed));
    }
    let fixed = fields.string(literal, c).map(|text| Text::Literal(text.to_owned()));
    fixed.or_else(|| computed(path, fields, c))
}

fn computed(path: &str, fields: &Fields, c: &mut Compiler) -> Option<Text> {
    let field = fields.get(path)?;
    match Template::expression(field.string(c)?) {
        Ok(template) => {
            c.reads.template(&template);
            Some(Text::Computed(template))
        }
        Err(wrong) => {
            c.expression(field.node, &field.pointer, "", &wrong);
            None
        }
    }
}
