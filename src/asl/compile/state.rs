//! What all states share: type, name, transitions, `InputPath`, `OutputPath`, `Retry`, `Catch`.

use std::sync::Arc;

use super::fields::Fields;
use super::report::SCHEMA;
use super::survey::StateSite;
use super::{
    Compiler, PARTIAL, Reads, assign, choice, errors, fail, map, parallel, pass, scope, task, transition, wait,
};
use crate::asl::pointer::NAME_MAX;
use crate::asl::program::{Next, QueryLanguage, Selector, State, StateKind};
use crate::asl::syntax::Key;

/// One of the eight types.
#[expect(clippy::struct_excessive_bools, reason = "a row of a table: which groups of fields the type has")]
pub(super) struct Type {
    pub(super) name: &'static str,
    /// The fields of this type in either language, beside those that the flags stand for.
    pub(super) fields: &'static [&'static str],
    /// Those that it has in JSONPath only.
    pub(super) jsonpath: &'static [&'static str],
    /// Those that it has in JSONata only.
    pub(super) jsonata: &'static [&'static str],
    /// `Next` and `End`
    pub(super) next: bool,
    /// `InputPath` and `OutputPath`, or `Output` in JSONata.
    pub(super) paths: bool,
    /// `Assign`
    pub(super) assign: bool,
    /// `Retry` and `Catch`
    pub(super) retry: bool,
    pub(super) read: fn(&Fields, &mut Compiler) -> Option<StateKind>,
}

const SUCCEED: Type = Type {
    name: "Succeed",
    fields: &[],
    jsonpath: &[],
    jsonata: &[],
    next: false,
    paths: true,
    assign: false,
    retry: false,
    read: |_, _| Some(StateKind::Succeed),
};

/// In the order in which AWS names them.
static TYPES: [&Type; 8] =
    [&task::TYPE, &wait::TYPE, &pass::TYPE, &SUCCEED, &fail::TYPE, &choice::TYPE, &parallel::TYPE, &map::TYPE];

/// The fields that every state may have.
const ALWAYS: [&str; 3] = ["Type", "Comment", "QueryLanguage"];

pub(super) fn state(site: &StateSite, c: &mut Compiler) -> Option<State> {
    c.current = site.id;
    c.language = site.language(c.survey);
    c.reads = Reads::default();
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
    known(found, &fields, c);
    let kind = (found.read)(&fields, c);
    let (retry, catch) = if found.retry { errors::retry_and_catch(&fields, c) } else { Default::default() };
    let jsonata = c.language == QueryLanguage::Jsonata;
    let path = |name, c: &mut Compiler| {
        if found.paths && !jsonata { fields.selector(name, c) } else { Selector::Whole }
    };
    // The types that may fail are those that have a result.
    c.absent = if found.retry { &["errorOutput"] } else { PARTIAL };
    let output = if found.paths && jsonata { fields.filling("Output", c) } else { None };
    let assign = if found.assign { assign::read(&fields, c) } else { None };
    c.absent = PARTIAL;
    Some(State {
        name: Arc::from(site.key.name.as_str()),
        scope: site.scope,
        input_path: path("InputPath", c),
        output_path: path("OutputPath", c),
        output,
        assign,
        query_language: c.language,
        kind: kind?,
        next: next?,
        retry,
        catch,
        uses_context: c.reads.context,
        variable_references: std::mem::take(&mut c.reads.variables),
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

fn next(found: &Type, fields: &Fields, c: &mut Compiler) -> Option<Next> {
    match found.name {
        "Choice" => choice::default(fields, c),
        _ if found.next => transition::next(fields, c),
        _ => Some(Next::End),
    }
}

/// Complains about fields that the type does not have.
fn known(found: &Type, fields: &Fields, c: &mut Compiler) {
    let names: Vec<&str> = found.names(c.language).collect();
    let foreign: Vec<&str> = found.names(other(c.language)).filter(|name| !names.contains(name)).collect();
    for (key, _) in fields.entries {
        let name = key.name.as_str();
        if foreign.contains(&name) {
            foreign_field(fields, key, c);
        } else if !names.contains(&name) {
            let owners: Vec<&str> = TYPES
                .iter()
                .filter(|other| other.names(c.language).any(|n| n == name))
                .map(|other| other.name)
                .collect();
            let wrong = fields.unknown(key, c);
            if !wrong.did_you_mean(name, names.iter().copied()) && !owners.is_empty() {
                wrong.help(format!("a {} state has none; it is a field of {}", found.name, owners.join(", ")));
            }
        }
    }
}

impl Type {
    fn names(&self, language: QueryLanguage) -> impl Iterator<Item = &'static str> {
        let (paths, own): (&[&str], _) = match language {
            QueryLanguage::JsonPath => (&["InputPath", "OutputPath"], self.jsonpath),
            QueryLanguage::Jsonata => (&["Output"], self.jsonata),
        };
        let shared: [(bool, &'static [&'static str]); 4] = [
            (self.next, &["Next", "End"]),
            (self.paths, paths),
            (self.assign, &["Assign"]),
            (self.retry, &["Retry", "Catch"]),
        ];
        let shared = shared.into_iter().filter(|(has, _)| *has).flat_map(|(_, names)| names);
        ALWAYS.into_iter().chain(shared.copied()).chain(own.iter().copied()).chain(self.fields.iter().copied())
    }
}

fn other(language: QueryLanguage) -> QueryLanguage {
    match language {
        QueryLanguage::JsonPath => QueryLanguage::Jsonata,
        QueryLanguage::Jsonata => QueryLanguage::JsonPath,
    }
}

/// A field that AWS takes in the other language only, in AWS's words.
pub(super) fn foreign_field(fields: &Fields, key: &Key, c: &mut Compiler) {
    let (set, needed) = match c.language {
        QueryLanguage::JsonPath => ("JSONPath", "JSONata"),
        QueryLanguage::Jsonata => ("JSONata", "JSONPath"),
    };
    let message = format!(
        "The QueryLanguage is set to '{set}', but field '{}' is only supported for the '{needed}' QueryLanguage",
        key.name
    );
    let instead = match key.name.as_str() {
        "Arguments" => "in JSONPath it is 'Parameters'",
        "Items" => "in JSONPath it is 'ItemsPath'",
        "Condition" => "in JSONPath a rule has 'Variable' and a comparison such as 'StringEquals'",
        "Output" => "in JSONPath the output is shaped by 'ResultSelector', 'ResultPath' and 'OutputPath'",
        "Parameters" => "in JSONata it is 'Arguments'",
        "ItemsPath" => "in JSONata it is 'Items'",
        "Variable" => "in JSONata a rule has a 'Condition'",
        name if name.ends_with("Path") && !["InputPath", "OutputPath", "ResultPath"].contains(&name) => {
            "in JSONata the field without 'Path' takes an expression"
        }
        "Result" | "ResultSelector" | "InputPath" | "OutputPath" | "ResultPath" => {
            "in JSONata the output is shaped by 'Output'"
        }
        _ => "in JSONata a 'Condition' compares",
    };
    c.error(SCHEMA, key.span, &fields.pointer, message).help(instead);
}
