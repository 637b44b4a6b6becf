//! The variables that a state sees: what `Assign` set in its own scope and in those around it.
//!
//! Owns: names and their values. Must not know: scopes within scopes; whoever enters one hands over what is visible in it.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::asl::Payload;

/// Variables by name. Cloning is a reference count: a branch or an iteration begins with those of the state around it, and
/// what it assigns stays its own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variables(Option<Arc<BTreeMap<Arc<str>, Payload>>>);

/// None at all.
pub static NO_VARIABLES: Variables = Variables(None);

impl Variables {
    /// The variable called `name`, without its dollar sign.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Payload> {
        self.0.as_ref()?.get(name)
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Payload)> {
        self.0.iter().flat_map(|variables| variables.iter()).map(|(name, value)| (&**name, value))
    }

    /// Sets a variable, or gives it another value.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, value: Payload) {
        Arc::make_mut(self.0.get_or_insert_default()).insert(name.into(), value);
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// How many bytes of JSON their values have together.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.iter().map(|(_, value)| value.text().len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Variables;

    #[test]
    fn what_a_copy_sets_stays_its_own() {
        let mut variables = Variables::default();
        assert!(variables.is_empty());
        variables.insert("b", json!(1).into());
        variables.insert("a", json!(22).into());
        let before = variables.clone();
        variables.insert("b", json!(3).into());
        let seen: Vec<_> = variables.iter().map(|(name, value)| (name, value.text())).collect();
        assert_eq!((seen.as_slice(), variables.bytes()), (&[("a", "22"), ("b", "3")][..], 3));
        assert_eq!(before.get("b").unwrap().text(), "1");
        assert!(before.get("c").is_none());
    }
}
