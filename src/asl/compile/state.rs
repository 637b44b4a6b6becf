//! What all states share: type, name, transitions, `InputPath`, `OutputPath`, `Retry`, `Catch`.

use std::sync::Arc;

use super::fields::Fields;
use super::report::{NOT_SUPPORTED, SCHEMA};
use super::survey::StateSite;
use super::{Compiler, choice, errors, fail, map, parallel, pass, scope, task, transition, wait};
use crate::asl::pointer::NAME_MAX;
use crate::asl::program::{Next, Selector, State, StateKind};
use crate::asl::syntax::Key;

/// One of the eight types.
pub(super) struct Type {
    pub(super) name: &'static str,
    /// The fields of this type beside those that the flags stand for.
    pub(super) fields: &'static [&'static str],
    /// `Next` and `End`
    pub(super) next: bool,
    /// `InputPath` and `OutputPath`
    pub(super) paths: bool,
    /// `Retry` and `Catch`
    pub(super) retry: bool,
    /// Fields that AWS has and this version has not.
    pub(super) not_supported: &'static [&'static str],
    /// Fields that AWS takes in `JSONata` only.
    pub(super) jsonata: &'static [&'static str],
    pub(super) read: fn(&Fields, &mut Compiler) -> Option<StateKind>,
}

const SUCCEED: Type = Type {
    name: "Succeed",
    fields: &[],
    next: false,
    paths: true,
    retry: false,
    not_supported: &[],
    jsonata: &["Output"],
    read: |_, _| Some(StateKind::Succeed),
};

/// In the order in which AWS names them.
static TYPES: [&Type; 8] =
    [&task::TYPE, &wait::TYPE, &pass::TYPE, &SUCCEED, &fail::TYPE, &choice::TYPE, &parallel::TYPE, &map::TYPE];

/// The fields that every state may have.
const ALWAYS: [&str; 3] = ["Type", "Comment", "QueryLanguage"];

pub(super) fn state(site: &StateSite, c: &mut Compiler) -> Option<State> {
    c.current = site.id;
    c.uses_context = false;
    name(site, c);
    let fields = Fields::of(site.node, &c.survey.state_pointer(site.id), site.key.span, "a state", c)?;
    let found = type_of(&fields, c);
    language(&fields, c);
    fields.string("Comment", c);
    let Some(found) = found else {
        // The type is all that was said; where the state leads is wrong or right whatever it is.
        transition::outer(&fields, c);
        transition::inner(&fields, c);
        return None;
    };
    let next = next(found, &fields, c);
    if jsonata(site, c) {
        // Said by language(): its fields follow rules that are not known here, its transitions the same ones.
        transition::inner(&fields, c);
        return None;
    }
    known(found, &fields, c);
    let kind = (found.read)(&fields, c);
    let (retry, catch) = if found.retry { errors::retry_and_catch(&fields, c) } else { Default::default() };
    let path = |name, c: &mut Compiler| if found.paths { fields.selector(name, c) } else { Selector::Whole };
    Some(State {
        name: Arc::from(site.key.name.as_str()),
        scope: site.scope,
        input_path: path("InputPath", c),
        output_path: path("OutputPath", c),
        kind: kind?,
        next: next?,
        retry,
        catch,
        uses_context: c.uses_context,
    })
}

fn name(site: &StateSite, c: &mut Compiler) {
    let length = site.key.name.chars().count();
    if length == 0 {
        let pointer = c.survey.state_pointer(site.id);
        c.error("INVALID_STATE_NAME", site.key.span, &pointer, "the state's name is empty");
    } else if length > NAME_MAX {
        let message = format!("the state's name has {length} characters: {NAME_MAX} is the most");
        c.error("INVALID_STATE_NAME", site.key.span, &c.survey.state_pointer(site.id), message);
    }
}

fn type_of(fields: &Fields, c: &mut Compiler) -> Option<&'static Type> {
    fields.require(&["Type"], c);
    let field = fields.get("Type")?;
    let name = field.string(c)?;
    let found = TYPES.iter().find(|known| known.name == name);
    if found.is_none() {
        let names = TYPES.map(|known| known.name);
        let message = format!("The field 'Type' should have one of these values: [{}]", names.join(", "));
        c.error(SCHEMA, field.node.span, &field.pointer, message).did_you_mean(name, names);
    }
    found.copied()
}

fn language(fields: &Fields, c: &mut Compiler) {
    scope::language(fields, c);
    if let Some(language) = fields.get("QueryLanguage")
        && c.survey.jsonata
        && language.node.as_str() == Some("JSONPath")
    {
        let message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
        c.error(SCHEMA, language.node.span, &fields.pointer, message)
            .help("leave QueryLanguage away at the top and set it per state");
    }
}

/// Whether the state's expressions are `JSONata`, which the machine or the state itself says.
fn jsonata(site: &StateSite, c: &Compiler) -> bool {
    c.survey.jsonata || site.node.get("QueryLanguage").and_then(|node| node.as_str()) == Some("JSONata")
}

fn next(found: &Type, fields: &Fields, c: &mut Compiler) -> Option<Next> {
    match found.name {
        "Choice" => choice::default(fields, c),
        _ if found.next => transition::next(fields, c),
        _ => Some(Next::End),
    }
}

/// Complains about fields that the type does not have.
fn known(found: &Type, fields: &Fields, c: &mut Compiler) {
    let names: Vec<&str> = found.names().collect();
    for (key, _) in fields.entries {
        let name = key.name.as_str();
        if found.jsonata.contains(&name) {
            jsonata_only(fields, key, c);
        } else if found.not_supported.contains(&name) {
            not_supported(fields, key, c);
        } else if !names.contains(&name) {
            let owners: Vec<&str> =
                TYPES.iter().filter(|other| other.names().any(|n| n == name)).map(|other| other.name).collect();
            let wrong = fields.unknown(key, c);
            if !wrong.did_you_mean(name, names.iter().copied()) && !owners.is_empty() {
                wrong.help(format!("a {} state has none; it is a field of {}", found.name, owners.join(", ")));
            }
        }
    }
}

impl Type {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        let shared: [(bool, [&'static str; 2]); 3] =
            [(self.next, ["Next", "End"]), (self.paths, ["InputPath", "OutputPath"]), (self.retry, ["Retry", "Catch"])];
        let shared = shared.into_iter().filter(|(has, _)| *has).flat_map(|(_, names)| names);
        ALWAYS.into_iter().chain(shared).chain(self.fields.iter().copied())
    }
}

/// A field that AWS takes in `JSONata` only, in AWS's words.
pub(super) fn jsonata_only(fields: &Fields, key: &Key, c: &mut Compiler) {
    let message = format!(
        "The QueryLanguage is set to 'JSONPath', but field '{}' is only supported for the 'JSONata' QueryLanguage",
        key.name
    );
    let instead = match key.name.as_str() {
        "Arguments" => "in JSONPath it is 'Parameters'",
        "Items" => "in JSONPath it is 'ItemsPath'",
        "Condition" => "in JSONPath a rule has 'Variable' and a comparison such as 'StringEquals'",
        _ => "in JSONPath the output is shaped by 'ResultSelector', 'ResultPath' and 'OutputPath'",
    };
    c.error(SCHEMA, key.span, &fields.pointer, message).help(instead);
}

/// A field that AWS has and this version has not.
pub(super) fn not_supported(fields: &Fields, key: &Key, c: &mut Compiler) {
    let name = key.name.as_str();
    let (what, help) = match name {
        "Assign" => ("variables", "pass the value on with 'ResultPath'"),
        "Credentials" => ("other roles", "remove it: a local execution runs with the credentials of the environment"),
        _ => ("distributed Map states", "use an INLINE Map with 'ItemsPath' and without this field"),
    };
    let message = format!("{what} ('{name}') are not supported by this version");
    c.error(NOT_SUPPORTED, key.span, &format!("{}/{name}", fields.pointer), message).help(help);
}
