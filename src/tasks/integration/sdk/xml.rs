//! The XML that S3 and the services of AWS's query protocol speak: elements, attributes, texts.
//!
//! Owns: reading and writing it. Must not know: what it means. Namespaces, document types and processing instructions are
//! passed over, and no entity is known but XML's own five and characters by their numbers.

/// So deep an answer may be nested.
const DEPTH_MAX: usize = 100;

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Without its namespace.
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// All text directly in it.
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The children of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element of this name at any depth.
    pub(super) fn find(&self, name: &str) -> Option<&Self> {
        self.child(name).or_else(|| self.children.iter().find_map(|child| child.find(name)))
    }
}

/// Reads a document; `None` for what is none.
pub(super) fn parse(text: &str) -> Option<Element> {
    let mut open: Vec<Element> = vec![Element::default()];
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        open.last_mut()?.text.push_str(&unescape(&rest[..start]));
        rest = &rest[start..];
        let skipped = [("<?", "?>"), ("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">")];
        if let Some((begin, end)) = skipped.into_iter().find(|(begin, _)| rest.starts_with(begin)) {
            let length = rest.find(end)?;
            if begin == "<![CDATA[" {
                open.last_mut()?.text.push_str(&rest[begin.len()..length]);
            }
            rest = &rest[length + end.len()..];
            continue;
        }
        let end = end_of_tag(rest)?;
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let closed = open.pop()?;
            if open.is_empty() || closed.name != local(name.trim()) {
                return None;
            }
            open.last_mut()?.children.push(closed);
        } else if let Some(tag) = tag.strip_suffix('/') {
            open.last_mut()?.children.push(element(tag));
        } else {
            open.push(element(tag));
            if open.len() > DEPTH_MAX {
                return None;
            }
        }
    }
    let document = open.pop().filter(|_| open.is_empty())?;
    document.children.into_iter().next()
}

/// Where a tag ends: at the first `>` outside quotes.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, letter)| {
        match (quote, letter) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
        None
    })
}

fn element(tag: &str) -> Element {
    let tag = tag.trim();
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut element = Element { name: local(name).to_owned(), ..Element::default() };
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote @ ('"' | '\'')) = after.chars().next() else { break };
        let Some((value, left)) = after[1..].split_once(quote) else { break };
        element.attributes.push((name.trim().to_owned(), unescape(value)));
        rest = left;
    }
    element
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let known = after.split_once(';').and_then(|(name, left)| Some((character(name)?, left)));
        let (letter, left) = known.unwrap_or(('&', after));
        plain.push(letter);
        rest = left;
    }
    plain + rest
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let hexadecimal = number.strip_prefix('x').map(|digits| u32::from_str_radix(digits, 16).ok());
            char::from_u32(hexadecimal.unwrap_or_else(|| number.parse().ok())?)
        }
    }
}

/// A text as it stands in an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#xD;"),
            '\n' => escaped.push_str("&#xA;"),
            other => escaped.push(other),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_texts_are_read() {
        let text = "<?xml version=\"1.0\"?>\n<!-- a > b --><a:List xmlns:a=\"u>v\"><Key n='1 &lt; 2'>x&amp;y&#x21;</Key>\
                    <Key/><Deep><Code><![CDATA[<raw>]]></Code></Deep></a:List>";
        let list = parse(text).unwrap();
        assert_eq!((list.name.as_str(), list.children.len()), ("List", 3));
        let key = list.child("Key").unwrap();
        assert_eq!((key.text.as_str(), key.attributes[0].1.as_str()), ("x&y!", "1 < 2"));
        assert_eq!((list.all("Key").count(), list.find("Code").unwrap().text.as_str()), (2, "<raw>"));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in ["", "text", "<a>", "<a></b>", "</a>", "<a", "<a b=\">", "<!-- "] {
            assert_eq!(parse(text), None, "{text}");
        }
        let deep = "<a>".repeat(DEPTH_MAX + 1) + &"</a>".repeat(DEPTH_MAX + 1);
        assert_eq!(parse(&deep), None);
    }

    #[test]
    fn what_is_escaped_is_read_back() {
        let text = "a<b>&\"c\"\r\n";
        assert_eq!(parse(&format!("<t>{}</t>", escape(text))).unwrap().text, text);
    }
}
