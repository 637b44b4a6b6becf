//! The grammar of variables: where `${…}` starts and ends, and what stands between its commas.

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Stays as it is.
    Text(&'a str),
    /// What stands between `${` and `}`, and the byte where its `${` starts.
    Variable(&'a str, usize),
    /// `${self:x` without its end.
    Unclosed(&'a str),
}

/// What one source of a variable asks for: `type(parameter):address`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query<'a> {
    pub(super) kind: &'a str,
    pub(super) parameter: Option<&'a str>,
    pub(super) address: &'a str,
}

/// Kinds that may be written with brackets, `file(…)`.
const CALLABLE: [&str; 8] = ["aws", "cf", "file", "opt", "s3", "self", "ssm", "strToBool"];

/// Whether a text could hold a variable at all.
pub(super) fn may_hold_variable(text: &str) -> bool {
    text.contains("${")
}

/// Cuts a text at its variables. `${AWS::Region}`, `${!Literal}`, `${Name.Arn}` and the shell's `${HOME:-x}` are text;
/// `\${…}` is text too and loses its backslash.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut kept, mut from) = (0, 0);
    while let Some(found) = text[from..].find("${") {
        let at = from + found;
        if text[..at].ends_with('\\') {
            parts.push(Part::Text(&text[kept..at - 1]));
            (kept, from) = (at, at + 2);
            continue;
        }
        let inside = &text[at + 2..];
        if !is_variable(inside) {
            from = at + 2;
            continue;
        }
        parts.push(Part::Text(&text[kept..at]));
        let Some(length) = length(inside) else {
            parts.push(Part::Unclosed(&text[at..]));
            return parts;
        };
        parts.push(Part::Variable(&inside[..length], at));
        from = at + 2 + length + 1;
        kept = from;
    }
    parts.push(Part::Text(&text[kept..]));
    parts.retain(|part| *part != Part::Text(""));
    parts
}

/// Whether `inside`, what follows `${`, starts a variable of ours.
fn is_variable(mut inside: &str) -> bool {
    inside = inside.trim_start();
    while let Some(nested) = inside.strip_prefix("${") {
        inside = nested.trim_start();
    }
    let word = word(inside);
    let rest = &inside[word.len()..];
    if word.is_empty() {
        return false;
    }
    if rest.starts_with('(') {
        return CALLABLE.contains(&word);
    }
    let Some(address) = rest.strip_prefix(':') else { return false };
    let shell = !word.bytes().any(|byte| byte.is_ascii_lowercase());
    !shell && !address.starts_with([':', '-', '=', '+', '?'])
}

fn word(text: &str) -> &str {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(text.len());
    if starts { &text[..end] } else { "" }
}

/// How far it is to the `}` that ends a variable, quotes and nested variables passed over.
fn length(inside: &str) -> Option<usize> {
    let mut walk = Walk::default();
    inside.char_indices().find_map(|(at, c)| (walk.step(c) == Step::End).then_some(at))
}

/// The sources of a variable: cut at the commas that stand in no quotes, brackets or nested variables.
pub(super) fn sources(inside: &str) -> Vec<&str> {
    let mut walk = Walk::default();
    let (mut sources, mut from) = (Vec::new(), 0);
    for (at, c) in inside.char_indices() {
        if walk.step(c) == Step::Comma {
            sources.push(inside[from..at].trim());
            from = at + 1;
        }
    }
    sources.push(inside[from..].trim());
    sources
}

/// `'text'` or `"text"` without its quotes.
pub(super) fn quoted(source: &str) -> Option<&str> {
    let quote = source.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = source.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains(quote)).then_some(inner)
}

/// Reads `type(parameter):address`.
pub(super) fn query(source: &str) -> Option<Query<'_>> {
    let kind = word(source);
    let rest = &source[kind.len()..];
    if kind.is_empty() {
        return None;
    }
    if let Some(address) = rest.strip_prefix(':') {
        return Some(Query { kind, parameter: None, address });
    }
    let close = rest.rfind(')')?;
    let parameter = Some(rest.get(1..close).filter(|_| rest.starts_with('('))?.trim());
    match &rest[close + 1..] {
        "" => Some(Query { kind, parameter, address: "" }),
        address => address.strip_prefix(':').map(|address| Query { kind, parameter, address }),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    On,
    Comma,
    End,
}

/// Where a reader of a variable stands.
#[derive(Default)]
struct Walk {
    /// Open quotes and nested variables, innermost last.
    open: Vec<char>,
    brackets: usize,
    /// The last character, white space left out.
    before: Option<char>,
    dollar: bool,
}

impl Walk {
    fn step(&mut self, c: char) -> Step {
        let dollar = std::mem::replace(&mut self.dollar, c == '$');
        let before = self.before;
        if !c.is_whitespace() {
            self.before = Some(c);
        }
        let quote = self.open.last().copied().filter(|open| *open != '{');
        match c {
            '{' if dollar => self.open.push('{'),
            _ if quote == Some(c) => {
                self.open.pop();
            }
            _ if quote.is_some() => {}
            '}' if self.open.pop().is_none() => return Step::End,
            '\'' | '"' if matches!(before, None | Some(',' | '(' | '{')) => self.open.push(c),
            '(' => self.brackets += 1,
            ')' => self.brackets = self.brackets.saturating_sub(1),
            ',' if self.open.is_empty() && self.brackets == 0 => return Step::Comma,
            _ => {}
        }
        Step::On
    }
}
