//! `Assign`: which variables a state sets.

use super::Compiler;
use super::fields::Fields;
use super::report::SCHEMA;
use super::variables::Assigned;
use crate::asl::Filling;
use crate::asl::program::QueryLanguage;

/// The longest name of a variable, in characters.
const NAME_MAX: usize = 80;

/// `Assign` of a state, a rule or a catcher.
pub(super) fn read(fields: &Fields, c: &mut Compiler) -> Option<Filling> {
    let field = fields.get("Assign")?;
    let Some(entries) = field.node.entries() else {
        field.must_be("an object", c);
        return None;
    };
    for (key, _) in entries {
        let computed = key.name.strip_suffix(".$").filter(|_| c.language == QueryLanguage::JsonPath);
        let name = computed.unwrap_or(&key.name);
        if let Some(wrong) = wrong_name(name) {
            c.error(SCHEMA, key.span, &field.pointer, format!("the variable name '{name}' {wrong}"));
        }
        let pointer = format!("{}/{}", field.pointer, key.name);
        c.assigned.push(Assigned { state: c.current, name: name.to_owned(), span: key.span, pointer });
    }
    Some(field.filling(c))
}

/// <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html#variable-naming>
fn wrong_name(name: &str) -> Option<&'static str> {
    let first = name.chars().next();
    if !first.is_some_and(|first| first.is_alphabetic() || first == '_') {
        Some("must begin with a letter")
    } else if !name.chars().all(|next| next.is_alphanumeric() || next == '_') {
        Some("may have letters, digits and underscores only")
    } else if name.chars().count() > NAME_MAX {
        Some("has more than 80 characters")
    } else if name == "states" {
        Some("is reserved: $states is what a state reads")
    } else {
        None
    }
}
