//! The state under test: a definition of its own, or one of a machine's.

use crate::asl::program::{State, StateId};
use crate::asl::syntax::{Key, Node, NodeKind, Sources, json as syntax};
use crate::asl::{Program, compile};
use crate::engine::EngineError;
use crate::local::api_error::ApiError;

/// What AWS calls a state that has no machine, and shows as `$$.State.Name` of every state under test.
pub(super) const STATE_NAME: &str = "StateName";

/// A state in its program.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) program: Program,
    pub(super) id: StateId,
}

impl Found {
    pub(super) fn state(&self) -> &State {
        self.program.state(self.id)
    }
}

/// Compiles the definition of a state, or of a machine of which `name` names a state, in whatever scope.
///
/// # Errors
/// `InvalidDefinition`, or `ValidationException` for a state that the machine does not have.
pub(super) async fn find(definition: String, name: Option<String>) -> Result<Found, ApiError> {
    // A large definition takes a while, and others are served meanwhile.
    let found = tokio::task::spawn_blocking(move || read(&definition, name.as_deref())).await;
    found.map_err(|error| ApiError::internal(error.to_string()))?
}

fn read(definition: &str, name: Option<&str>) -> Result<Found, ApiError> {
    let mut sources = Sources::default();
    let source = sources.add("<definition>", definition);
    let (tree, mut diagnostics) = syntax::parse(&sources, source);
    let tree = tree.map(|tree| if name.is_some() { tree } else { machine_of(tree) });
    let program = tree.and_then(|tree| {
        let (program, found) = compile(&tree);
        diagnostics.extend(found);
        program
    });
    let program = program.ok_or(EngineError::InvalidDefinition(diagnostics))?;
    let wanted = name.unwrap_or(STATE_NAME);
    let place = program.states.iter().position(|state| &*state.name == wanted);
    let id = place.and_then(|place| u32::try_from(place).ok()).map(StateId);
    let id = id.ok_or_else(|| ApiError::validation("State not found in definition"))?;
    Ok(Found { program, id })
}

/// A machine of one state, and of those that it leads to, which end there.
fn machine_of(state: Node) -> Node {
    let span = state.span;
    let key = |name: &str| Key { name: name.to_owned(), span };
    let node = |kind| Node { kind, span, tag: None };
    let text = |text: &str| node(NodeKind::String(text.to_owned()));
    let ends: Vec<String> = targets(&state).into_iter().filter(|name| *name != STATE_NAME).map(str::to_owned).collect();
    let mut states = vec![(key(STATE_NAME), state)];
    for name in ends {
        if !states.iter().any(|(key, _)| key.name == name) {
            states.push((key(&name), node(NodeKind::Object(vec![(key("Type"), text("Succeed"))]))));
        }
    }
    let states = node(NodeKind::Object(states));
    node(NodeKind::Object(vec![(key("StartAt"), text(STATE_NAME)), (key("States"), states)]))
}

/// The names of the states that a state leads to.
fn targets(state: &Node) -> Vec<&str> {
    let own = [state.get("Next"), state.get("Default")].into_iter().flatten();
    let lists = [state.get("Choices"), state.get("Catch")].into_iter().flatten();
    let listed = lists.filter_map(Node::items).flatten().filter_map(|item| item.get("Next"));
    own.chain(listed).filter_map(Node::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(definition: &str, name: Option<&str>) -> (&'static str, String) {
        let error = read(definition, name).unwrap_err();
        (error.name, error.message)
    }

    #[test]
    fn states_that_a_state_leads_to_need_not_exist() {
        let found = read(
            r#"{"Type": "Choice", "Default": "C", "Choices": [
                {"Variable": "$.a", "IsNull": true, "Next": "A"}, {"Variable": "$.b", "IsNull": true, "Next": "A"}]}"#,
            None,
        )
        .unwrap();
        assert_eq!((&*found.state().name, found.program.states.len()), (STATE_NAME, 3));
    }

    #[test]
    fn states_of_any_scope_are_found_by_name() {
        let machine = r#"{"StartAt": "M", "States": {"M": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": true}}}]}}}"#;
        assert_eq!(read(machine, Some("In")).unwrap().state().type_name(), "Pass");
        let missing = ("ValidationException", "State not found in definition".to_owned());
        assert_eq!(refusal(machine, Some("StateName")), missing);
    }

    #[test]
    fn what_is_no_state_is_told() {
        let (name, message) = refusal(r#"{"Type": "Nope", "End": true}"#, None);
        assert_eq!(name, "InvalidDefinition");
        assert!(message.contains("The field 'Type' should have one of these values"), "{message}");
        assert!(message.contains(" at /States/StateName/Type"), "{message}");
        for text in ["[]", "3", "{", r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}"#] {
            assert_eq!(refusal(text, None).0, "InvalidDefinition", "{text}");
        }
    }
}
