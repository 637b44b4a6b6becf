//! What `Assign` gave names to, as the expressions of a state see it.
//!
//! Owns: names and their values, in the order in which they were assigned. Must not know: scopes within scopes; whoever
//! enters one hands over what is visible in it.

use std::sync::Arc;

use crate::asl::Payload;

/// The workflow variables that are visible at one place. Cloning is a reference count.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variables(Arc<Vec<(Box<str>, Payload)>>);

impl Variables {
    /// The value of a variable, its name without `$`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Payload> {
        self.0.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }

    /// Gives `name` a value, a new one when it had one. It keeps its place then.
    pub fn insert(&mut self, name: impl Into<Box<str>>, value: Payload) {
        let name = name.into();
        let variables = Arc::make_mut(&mut self.0);
        match variables.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => variables.push((name, value)),
        }
    }

    /// Names and values, in the order in which the names came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Payload)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Variables;

    #[test]
    fn a_name_keeps_its_place_and_has_its_last_value() {
        let mut variables = Variables::default();
        assert!(variables.is_empty());
        variables.insert("b", json!(1).into());
        variables.insert("a", json!(2).into());
        let before = variables.clone();
        variables.insert("b", json!(3).into());
        let seen: Vec<_> = variables.iter().map(|(name, value)| (name, value.text())).collect();
        assert_eq!(seen, [("b", "3"), ("a", "2")]);
        assert_eq!(before.get("b").unwrap().text(), "1");
        assert!(before.get("c").is_none());
    }
}
