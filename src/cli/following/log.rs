//! A function's log that is read, page by page: what was not read before, and where the next look begins.

use std::collections::HashSet;
use std::time::Duration;

use crate::aws::logs::{LogEvent, LogQuery};
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::following::watch::Watch;
use crate::engine::Timestamp;

/// FilterLogEvents may be called five times a second, by all of an account in a region.
const BETWEEN_CALLS: Duration = Duration::from_millis(200);
/// A server on loopback bears all; but `--timeout` is looked at.
const BETWEEN_LOCAL_CALLS: Duration = Duration::from_millis(1);

/// Where a reader of a log stands.
pub(crate) struct Reader {
    query: LogQuery,
    /// How many milliseconds after a later line a line may arrive.
    late: i64,
    /// The ids and times of events that the next look finds again.
    seen: HashSet<(String, Timestamp)>,
    /// The newest event of all looks.
    newest: Option<Timestamp>,
    /// How to go on with the look that runs.
    token: Option<String>,
}

impl Reader {
    pub(crate) fn new(query: LogQuery, late: i64) -> Self {
        Self { query, late, seen: HashSet::new(), newest: None, token: None }
    }

    /// The events of the next page that were not read before. A page may have none and not be the last.
    pub(crate) async fn page(&mut self, context: &mut Context, watch: &mut Watch) -> Result<Vec<LogEvent>, Failure> {
        let (query, token) = (&self.query, self.token.take());
        let page = watch.call(context, async |client| client.filter_log_events(query, token.as_deref()).await).await?;
        self.token = page.next_token;
        Ok(self.fresh(page.events))
    }

    /// Whether the look that runs has another page.
    pub(crate) fn has_more(&self) -> bool {
        self.token.is_some()
    }

    /// Waits between two pages, as AWS asks of its callers.
    pub(crate) async fn pace(&self, context: &Context, watch: &Watch) -> Result<(), Failure> {
        watch.rest(context, if context.settings.local { BETWEEN_LOCAL_CALLS } else { BETWEEN_CALLS }).await
    }

    /// Takes what was read before away, and remembers the rest as long as another look can find it.
    fn fresh(&mut self, mut events: Vec<LogEvent>) -> Vec<LogEvent> {
        events.retain(|event| self.seen.insert((event.id.clone(), event.timestamp)));
        self.newest = events.iter().map(|event| event.timestamp).chain(self.newest).max();
        // The next page of a look goes on with the same bounds.
        if let Some(newest) = self.newest.filter(|_| self.token.is_none()) {
            let from = Timestamp(newest.0.saturating_sub(self.late));
            let since = self.query.since.map_or(from, |since| since.max(from));
            self.query.since = Some(since);
            self.seen.retain(|(_, at)| *at >= since);
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, at: i64) -> LogEvent {
        LogEvent { id: id.into(), timestamp: Timestamp(at), message: "m".into(), stream: "s".into() }
    }

    fn reader(late: i64) -> Reader {
        Reader::new(LogQuery { group: "g".into(), since: None, until: None, filter: None }, late)
    }

    fn ids(events: &[LogEvent]) -> String {
        events.iter().map(|event| event.id.as_str()).collect()
    }

    #[test]
    fn a_look_begins_at_the_newest_event_and_repeats_none() {
        let mut reader = reader(0);
        assert_eq!(ids(&reader.fresh(vec![event("a", 1), event("b", 2), event("c", 2)])), "abc");
        assert_eq!((reader.query.since, reader.seen.len()), (Some(Timestamp(2)), 2));
        assert_eq!(ids(&reader.fresh(vec![event("b", 2), event("c", 2), event("d", 2)])), "d");
        assert_eq!(ids(&reader.fresh(Vec::new())), "");
        assert_eq!(ids(&reader.fresh(vec![event("d", 2), event("e", 3)])), "e");
        assert_eq!(reader.seen.len(), 1, "only what the next look finds again is kept");
    }

    #[test]
    fn a_line_that_arrives_late_is_found() {
        let mut reader = reader(10);
        assert_eq!(ids(&reader.fresh(vec![event("a", 100)])), "a");
        assert_eq!(reader.query.since, Some(Timestamp(90)));
        assert_eq!(ids(&reader.fresh(vec![event("l", 95), event("a", 100)])), "l");
    }

    #[test]
    fn the_pages_of_a_look_have_the_same_bounds() {
        let mut reader = reader(0);
        reader.token = Some("more".into());
        reader.fresh(vec![event("a", 5)]);
        assert_eq!(reader.query.since, None);
        reader.token = None;
        assert_eq!(ids(&reader.fresh(vec![event("a", 5), event("b", 4)])), "b");
        assert_eq!(reader.query.since, Some(Timestamp(5)));
    }
}
