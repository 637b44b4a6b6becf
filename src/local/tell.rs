//! What a person should hear of what goes on without being asked for.

use std::fmt;
use std::sync::Arc;

/// Who is told, a line at a time.
type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// Tells somebody, a line at a time; nobody by default. This room knows no terminal.
#[derive(Clone, Default)]
pub struct Tell(Option<Listener>);

impl Tell {
    /// Tells `listener`, from any thread.
    pub fn to(listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    /// Whether there is somebody.
    pub(super) fn is_heard(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn say(&self, line: &str) {
        if let Some(listener) = &self.0 {
            listener(line);
        }
    }
}

impl fmt::Debug for Tell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Tell(…)" } else { "Tell(nobody)" })
    }
}
