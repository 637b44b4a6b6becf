//! Reading a history: all of it, page by page, or what is new, from the newest event backwards.
//!
//! Pages are made while events are added, so an event may come twice or, on a server that counts from the newest one, not at
//! all; and the token of a page expires. What is read here is in the order of ids, each once.

use std::collections::BTreeMap;

use crate::aws::client::{Client, PAGE_MAX};
use crate::aws::error::{Detail, Error};
use crate::aws::history::{self, RawAnswer, RecordedEvent};
use crate::engine::history::HistoryEvent;

/// The first page of who reads what is new now and then.
const FIRST_PAGE: i32 = 100;
/// How often reading begins again because a page's token expired.
const RESTARTS_MAX: u32 = 3;

/// How far a history was read.
#[derive(Debug, Clone, Default)]
pub struct HistoryCursor {
    last_id: u64,
    token: Option<String>,
    at_end: bool,
}

impl HistoryCursor {
    /// Whether there was nothing more when it was read.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.at_end
    }
}

/// What was new in a history.
#[derive(Debug, Default)]
pub struct News {
    /// In the order of ids.
    pub events: Vec<RecordedEvent>,
    /// How many calls it took to read them.
    pub calls: u32,
}

/// A page, and the token of the next one.
type Page = (Vec<RecordedEvent>, Option<String>);

impl Client {
    /// All events of an execution, oldest first.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn execution_history(&self, arn: &str) -> Result<Vec<HistoryEvent>, Error> {
        let (mut events, mut cursor) = (Vec::new(), HistoryCursor::default());
        while !cursor.is_at_end() {
            let (page, next) = self.next_history(arn, &cursor).await?;
            events.extend(page.into_iter().map(|recorded| recorded.event));
            cursor = next;
        }
        Ok(events)
    }

    /// The next events of an execution, oldest first, and how far they go.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn next_history(
        &self,
        arn: &str,
        cursor: &HistoryCursor,
    ) -> Result<(Vec<RecordedEvent>, HistoryCursor), Error> {
        let (page, token) = match self.history_page(arn, false, PAGE_MAX, cursor.token.clone()).await {
            Err(error) if cursor.token.is_some() && is_expired_page(&error) => {
                (self.history_after(arn, cursor.last_id, PAGE_MAX).await?.events, None)
            }
            page => page?,
        };
        let mut gathered = Gathered::new(cursor.last_id);
        gathered.take(page);
        let events = gathered.into_events();
        let last_id = events.last().map_or(cursor.last_id, |recorded| recorded.event.id);
        Ok((events, HistoryCursor { last_id, at_end: token.is_none(), token }))
    }

    /// The events after the one with id `after` (0 for all), oldest first.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn execution_history_after(&self, arn: &str, after: u64) -> Result<Vec<HistoryEvent>, Error> {
        let news = self.history_after(arn, after, FIRST_PAGE).await?;
        Ok(news.events.into_iter().map(|recorded| recorded.event).collect())
    }

    /// As [`Client::execution_history_after`], with the service's own texts. It is read from the newest event backwards:
    /// following a long history costs what is new, not what there is. The first page has at most `first` events; a poll
    /// that finds nothing takes no other.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn history_after(&self, arn: &str, after: u64, first: i32) -> Result<News, Error> {
        let (gathered, calls) = self.backwards(arn, after, first).await?;
        if !gathered.has_gap() {
            return Ok(News { events: gathered.into_events(), calls });
        }
        // Events that were added between two pages moved others across their border. A gap that stays is the server's.
        let (again, more) = self.backwards(arn, after, PAGE_MAX).await?;
        let mut gathered = gathered;
        gathered.take(again.into_events());
        Ok(News { events: gathered.into_events(), calls: calls + more })
    }

    async fn backwards(&self, arn: &str, after: u64, first: i32) -> Result<(Gathered, u32), Error> {
        let (mut gathered, mut calls, mut restarts) = (Gathered::new(after), 0, 0);
        let (mut size, mut token) = (first, None);
        loop {
            calls += 1;
            let (page, next) = match self.history_page(arn, true, size, token.clone()).await {
                Err(error) if token.is_some() && is_expired_page(&error) && restarts < RESTARTS_MAX => {
                    restarts += 1;
                    token = None;
                    continue;
                }
                page => page?,
            };
            let missing = gathered.take(page);
            token = next;
            if missing == 0 || token.is_none() {
                return Ok((gathered, calls));
            }
            // All pages of a token have the size of the first one, as AWS asks: larger ones begin again.
            if let Some(larger) = larger(size, missing) {
                (size, token) = (larger, None);
            }
        }
    }

    async fn history_page(&self, arn: &str, reverse: bool, size: i32, token: Option<String>) -> Result<Page, Error> {
        let raw = RawAnswer::default();
        let call = self.sdk.get_execution_history().execution_arn(arn).include_execution_data(true);
        let call = call.reverse_order(reverse).max_results(size).set_next_token(token);
        let call = call.customize().interceptor(raw.clone());
        let answer = call.send().await.map_err(|error| match self.error(&error) {
            // No task token was sent: it is the page token that has expired.
            Error::TokenInvalid(detail) => Error::Other(detail),
            error => error,
        })?;
        let events = history::events(&raw.take()).ok_or_else(|| {
            let message = "GetExecutionHistory answered something that is not a history".to_owned();
            Error::Other(Detail { code: "InvalidAnswer".into(), message, request_id: None })
        })?;
        Ok((events, answer.next_token))
    }
}

/// The size of pages with which to begin again where `missing` events are more than another page of `size`.
fn larger(size: i32, missing: u64) -> Option<i32> {
    let missing = i32::try_from(missing).unwrap_or(i32::MAX);
    let larger = size.saturating_add(missing).min(PAGE_MAX);
    (missing > size && larger > size).then_some(larger)
}

/// The service calls the token of a page that has expired as it calls a task's token that is none.
fn is_expired_page(error: &Error) -> bool {
    error.detail().is_some_and(|detail| detail.code == "InvalidToken")
}

/// The events of some pages after a known one.
#[derive(Debug)]
struct Gathered {
    after: u64,
    events: BTreeMap<u64, RecordedEvent>,
    /// Whether a page reached the known event.
    is_joined: bool,
}

impl Gathered {
    fn new(after: u64) -> Self {
        Self { after, events: BTreeMap::new(), is_joined: false }
    }

    /// Takes a page; gives how many events are missing between the known one and the oldest that was seen, as far as ids
    /// tell.
    fn take(&mut self, page: Vec<RecordedEvent>) -> u64 {
        for recorded in page {
            self.is_joined |= recorded.event.id <= self.after;
            if recorded.event.id > self.after {
                self.events.insert(recorded.event.id, recorded);
            }
        }
        match self.events.first_key_value() {
            _ if self.is_joined => 0,
            Some((oldest, _)) => oldest - self.after - 1,
            None => u64::MAX,
        }
    }

    /// Whether an id between the known event and the newest one is missing.
    fn has_gap(&self) -> bool {
        let newest = self.events.last_key_value().map_or(self.after, |(newest, _)| *newest);
        u64::try_from(self.events.len()).is_ok_and(|there| there < newest - self.after)
    }

    fn into_events(self) -> Vec<RecordedEvent> {
        self.events.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Gathered, RecordedEvent, history};

    fn page(ids: &[u64]) -> Vec<RecordedEvent> {
        let events: Vec<String> =
            ids.iter().map(|id| format!(r#"{{"id":{id},"timestamp":1,"type":"PassStateEntered"}}"#)).collect();
        history::events(format!(r#"{{"events":[{}]}}"#, events.join(",")).as_bytes()).unwrap()
    }

    fn ids(gathered: Gathered) -> Vec<u64> {
        gathered.into_events().iter().map(|recorded| recorded.event.id).collect()
    }

    #[test]
    fn a_page_says_how_many_events_are_missing() {
        let mut gathered = Gathered::new(10);
        assert_eq!(gathered.take(page(&[30, 29, 28])), 17);
        assert_eq!(gathered.take(page(&[27, 26, 25])), 14);
        assert!(gathered.has_gap());
        assert_eq!(gathered.take(page(&[12, 11])), 0, "the known event itself need not be read again");
        assert_eq!(Gathered::new(10).take(page(&[10, 9])), 0, "nothing is new");
        assert_eq!(Gathered::new(0).take(page(&[])), u64::MAX, "nobody knows");
    }

    #[test]
    fn events_come_in_order_and_once() {
        let mut gathered = Gathered::new(2);
        gathered.take(page(&[6, 5, 4]));
        // Two were added meanwhile: a server that counts from the newest gives two of the last page again.
        gathered.take(page(&[5, 4, 3, 2]));
        assert!(!gathered.has_gap());
        assert_eq!(ids(gathered), [3, 4, 5, 6]);
    }

    #[test]
    fn a_gap_is_seen_and_filled() {
        let mut gathered = Gathered::new(0);
        gathered.take(page(&[5, 4, 2, 1]));
        assert!(gathered.has_gap());
        gathered.take(page(&[3, 2]));
        assert!(!gathered.has_gap());
        assert_eq!(ids(gathered), [1, 2, 3, 4, 5]);
    }
}
