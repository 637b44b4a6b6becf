//! Pages of lists: their size, and those of what is listed by name.

use crate::local::api_error::ApiError;
use crate::local::members::TextRule;
use crate::local::served::{Call, Served};
use crate::local::step_functions::name_of;

/// The size of a page; 0 is AWS's way to say its default, 100.
pub(super) fn page_size(max_results: Option<i64>) -> usize {
    match max_results.and_then(|max| usize::try_from(max).ok()) {
        None | Some(0) => 100,
        Some(max) => max,
    }
}

/// The page that a caller asks for, of what one thing has.
pub(super) struct PageOfOne<'a> {
    question: String,
    pub(super) served: &'a Served,
    limit: usize,
    /// The position of the last item of the page before.
    after: Option<String>,
}

impl<'a> PageOfOne<'a> {
    /// Reads `maxResults` and `nextToken`; `operation` of `arn` is what is asked.
    pub(super) fn asked(operation: &str, arn: &str, mut call: Call<'a>) -> Result<Self, ApiError> {
        let max = call.members.integer("maxResults", 0, 1_000);
        let token = call.members.optional("nextToken", TextRule::filled(1_024));
        call.members.finish()?;
        let (served, question) = (call.served, format!("{operation}|{arn}"));
        let after = token.map(|token| served.page_key.open(&question, &token)).transpose()?;
        Ok(Self { question, served, limit: page_size(max), after })
    }

    /// The page's items, and the token of the next page where there is one. The items come in the order of their
    /// positions, which are texts.
    pub(super) fn of<T>(&self, mut items: Vec<T>, position: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        items.retain(|item| self.after.as_ref().is_none_or(|after| position(item) > *after));
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let last = items.last().filter(|_| more);
        let next = last.map(|last| self.served.page_key.seal(&self.question, &position(last)));
        (items, next)
    }
}

/// The page that a caller asks for, of what there is in its region and account.
pub(super) struct PageByName<'a> {
    question: &'static str,
    served: &'a Served,
    /// What ARNs of the place begin with.
    place: String,
    limit: usize,
    /// The last name of the page before.
    after: Option<String>,
}

impl<'a> PageByName<'a> {
    /// Reads `maxResults` and `nextToken`; `question` is the operation.
    pub(super) fn asked(question: &'static str, mut call: Call<'a>) -> Result<Self, ApiError> {
        let max = call.members.integer("maxResults", 0, 1_000);
        let token = call.members.optional("nextToken", TextRule::filled(1_024));
        call.members.finish()?;
        let served = call.served;
        let after = token.map(|token| served.page_key.open(question, &token)).transpose()?;
        let place = format!("arn:aws:states:{}:{}:", call.identity.region, call.identity.account);
        Ok(Self { question, served, place, limit: page_size(max), after })
    }

    /// The page's items, and the token of the next page where there is one.
    pub(super) fn of<T>(&self, mut items: Vec<T>, arn: impl Fn(&T) -> &str) -> (Vec<T>, Option<String>) {
        items.retain(|item| {
            let arn = arn(item);
            arn.starts_with(&self.place) && self.after.as_deref().is_none_or(|after| name_of(arn) > after)
        });
        items.sort_by(|left, right| name_of(arn(left)).cmp(name_of(arn(right))));
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let last = items.last().filter(|_| more);
        let next = last.map(|last| self.served.page_key.seal(self.question, name_of(arn(last))));
        (items, next)
    }
}
