//! ITEM: an input built from words, as xh and HTTPie build a body.
//!
//! `k=v` a string, `k:=json` any JSON, `k=@file` a file's text, `k:=@file.json` a file's JSON, `a[b]=c` nested, `a[]=x`
//! appended, `a[2]=x` by index. `\` takes the meaning from the next character. Start reading at [`build`].

use std::fs;

use serde_json::{Map, Value};

/// The largest index that a word may name; the gap before it is filled with nulls.
const INDEX_MAX: usize = 9_999;
/// The deepest nesting that a word may name, below the depth that JSON readers refuse.
const DEPTH_MAX: usize = 64;

/// One word, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Item {
    path: Vec<Part>,
    value: Source,
}

/// One step into the document.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Key(String),
    Index(usize),
    Append,
}

/// Where a word's value comes from.
#[derive(Debug, PartialEq, Eq)]
enum Source {
    Text(String),
    Json(String),
    TextFile(String),
    JsonFile(String),
}

/// Whether a word is an ITEM: it holds `=` (hence also `:=`).
pub(crate) fn is_item(word: &str) -> bool {
    word.contains('=')
}

/// The document that words build, in their order.
pub(crate) fn build(words: &[String]) -> Result<Value, String> {
    let mut document = Value::Null;
    for word in words {
        let item = parse(word)?;
        let value = read(word, item.value)?;
        put(&mut document, &item.path, value).map_err(|reason| format!("`{word}`: {reason}"))?;
    }
    Ok(if document.is_null() { Value::Object(Map::new()) } else { document })
}

fn read(word: &str, source: Source) -> Result<Value, String> {
    let file = |path: &str| fs::read_to_string(path).map_err(|error| format!("`{word}`: cannot read {path}: {error}"));
    let json = |text: &str| {
        let quoted =
            || format!("`{word}`: the value is not JSON; a text is written with `=`, or in quotes: '\"text\"'");
        serde_json::from_str(text).map_err(|error| format!("{} ({error})", quoted()))
    };
    match source {
        Source::Text(text) => Ok(Value::String(text)),
        Source::Json(text) => json(&text),
        Source::TextFile(path) => Ok(Value::String(file(&path)?)),
        Source::JsonFile(path) => {
            let text = file(&path)?;
            serde_json::from_str(&text).map_err(|error| format!("`{word}`: {path} is not JSON ({error})"))
        }
    }
}

/// Takes a word apart at its first `=` that is not escaped.
fn parse(word: &str) -> Result<Item, String> {
    let (key, value) = split(word).ok_or_else(|| format!("`{word}` is not an ITEM; write KEY=TEXT or KEY:=JSON"))?;
    let (key, is_json) = match key.strip_suffix(':') {
        Some(shorter) if !ends_escaped(shorter) => (shorter, true),
        _ => (key, false),
    };
    let value = match (is_json, value.strip_prefix('@')) {
        (true, Some(path)) => Source::JsonFile(path.into()),
        (true, None) => Source::Json(value.into()),
        (false, Some(path)) => Source::TextFile(path.into()),
        (false, None) => {
            Source::Text(value.strip_prefix("\\@").map_or_else(|| value.into(), |rest| format!("@{rest}")))
        }
    };
    let path = path(key).map_err(|reason| format!("`{word}`: {reason}"))?;
    Ok(Item { path, value })
}

fn split(word: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, letter) in word.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '=' => return Some((&word[..at], &word[at + 1..])),
            _ => {}
        }
    }
    None
}

/// Whether a `\` stands at the end that takes the meaning from what follows.
fn ends_escaped(text: &str) -> bool {
    text.chars().rev().take_while(|letter| *letter == '\\').count() % 2 == 1
}

/// `a[b][0][]` as steps.
fn path(key: &str) -> Result<Vec<Part>, String> {
    let mut path = Vec::new();
    let mut rest = key;
    if !rest.starts_with('[') {
        let (name, after, _) = take_until(rest, '[');
        path.push(Part::Key(name));
        rest = after;
    }
    while let Some(inner) = rest.strip_prefix('[') {
        let (name, after, literal) = take_until(inner, ']');
        rest = after.strip_prefix(']').ok_or("a `[` is not closed")?;
        path.push(part(name, literal)?);
        if !rest.is_empty() && !rest.starts_with('[') {
            return Err("after `]` comes `[`, `=` or `:=`".into());
        }
    }
    if path.len() > DEPTH_MAX {
        return Err(format!("nested deeper than {DEPTH_MAX}"));
    }
    match path.first() {
        Some(Part::Key(name)) if name.is_empty() => Err("the key is empty".into()),
        _ => Ok(path),
    }
}

fn part(name: String, literal: bool) -> Result<Part, String> {
    if name.is_empty() && !literal {
        return Ok(Part::Append);
    }
    if literal || !name.chars().all(|letter| letter.is_ascii_digit()) {
        return Ok(Part::Key(name));
    }
    let index = name.parse().ok().filter(|index| *index <= INDEX_MAX);
    index.map(Part::Index).ok_or_else(|| format!("an index is at most {INDEX_MAX}; a key is written [\\{name}]"))
}

/// The text before an unescaped `end`, unescaped; what follows, `end` included; whether anything was escaped.
fn take_until(text: &str, end: char) -> (String, &str, bool) {
    let (mut taken, mut escaped, mut literal) = (String::new(), false, false);
    for (at, letter) in text.char_indices() {
        if escaped {
            // A backslash before a letter without a meaning of its own is a backslash.
            if !matches!(letter, '=' | ':' | '[' | ']' | '\\' | '@') && !letter.is_ascii_digit() {
                taken.push('\\');
            }
            taken.push(letter);
            (escaped, literal) = (false, true);
        } else if letter == '\\' {
            escaped = true;
        } else if letter == end {
            return (taken, &text[at..], literal);
        } else {
            taken.push(letter);
        }
    }
    if escaped {
        taken.push('\\');
    }
    (taken, "", literal)
}

/// Puts a value where the steps lead, making objects and arrays on the way.
fn put(document: &mut Value, path: &[Part], value: Value) -> Result<(), String> {
    let Some((part, rest)) = path.split_first() else {
        *document = value;
        return Ok(());
    };
    let slot = match part {
        Part::Key(name) => {
            if document.is_null() {
                *document = Value::Object(Map::new());
            }
            let kind = kind(document);
            let object = document.as_object_mut().ok_or_else(|| format!("[{name}] goes into {kind}, not an object"))?;
            object.entry(name.as_str()).or_insert(Value::Null)
        }
        Part::Index(_) | Part::Append => {
            if document.is_null() {
                *document = Value::Array(Vec::new());
            }
            let kind = kind(document);
            let array = document.as_array_mut().ok_or_else(|| format!("an index goes into {kind}, not an array"))?;
            let index = if let Part::Index(index) = part { *index } else { array.len() };
            if array.len() <= index {
                array.resize(index + 1, Value::Null);
            }
            &mut array[index]
        }
    };
    put(slot, rest, value)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(words: &[&str]) -> Result<String, String> {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        build(&words).map(|value| value.to_string())
    }

    #[test]
    fn words_build_a_document() {
        for (words, expected) in [
            (vec![], "{}"),
            (vec!["a=1"], r#"{"a":"1"}"#),
            (vec!["a:=1", "b:=[true,null]"], r#"{"a":1,"b":[true,null]}"#),
            (vec!["a="], r#"{"a":""}"#),
            (vec!["a==b"], r#"{"a":"=b"}"#),
            (vec!["a=x:=y"], r#"{"a":"x:=y"}"#),
            (vec!["a[b]=c", "a[d]:=2"], r#"{"a":{"b":"c","d":2}}"#),
            (vec!["a[]=x", "a[]=y"], r#"{"a":["x","y"]}"#),
            (vec!["a[2]=x"], r#"{"a":[null,null,"x"]}"#),
            (vec!["a[0][b]=x"], r#"{"a":[{"b":"x"}]}"#),
            (vec!["[]=x", "[]:=2"], r#"["x",2]"#),
            (vec!["[a]=x"], r#"{"a":"x"}"#),
            (vec![r"a\=b=c"], r#"{"a=b":"c"}"#),
            (vec![r"a\:=c"], r#"{"a:":"c"}"#),
            (vec![r"a\[b\]=c"], r#"{"a[b]":"c"}"#),
            (vec![r"a[\0]=c"], r#"{"a":{"0":"c"}}"#),
            (vec![r"a=\@b"], r#"{"a":"@b"}"#),
            (vec![r"a\b=c"], r#"{"a\\b":"c"}"#),
            (vec!["a=1", "a=2"], r#"{"a":"2"}"#),
            (vec!["ä=ö"], r#"{"ä":"ö"}"#),
        ] {
            assert_eq!(built(&words).as_deref(), Ok(expected), "{words:?}");
        }
    }

    #[test]
    fn a_wrong_word_is_named() {
        for (words, expected) in [
            (vec!["=x"], "the key is empty"),
            (vec!["a:=x"], "the value is not JSON"),
            (vec!["a[b=c"], "not closed"),
            (vec!["a[b]c=d"], "after `]`"),
            (vec!["a=1", "a[b]=2"], "goes into a string"),
            (vec!["a[b]=1", "a[]=2"], "goes into an object"),
            (vec!["a[10000]=x"], "at most 9999"),
            (vec!["a[99999999999999999999999]=x"], "at most 9999"),
            (vec!["a=@/no/such/file"], "cannot read /no/such/file"),
            (vec![r"a\=b"], "not an ITEM"),
        ] {
            let error = built(&words).unwrap_err();
            assert!(error.contains(expected), "{words:?}: {error}");
        }
        let deep = format!("a{}=x", "[a]".repeat(DEPTH_MAX));
        assert!(built(&[&deep]).unwrap_err().contains("deeper than"));
    }

    #[test]
    fn files_are_read_as_text_and_as_json() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("value.json");
        fs::write(&file, "{\"x\": 1}\n").unwrap();
        let path = file.display();
        assert_eq!(built(&[&format!("a=@{path}")]).unwrap(), r#"{"a":"{\"x\": 1}\n"}"#);
        assert_eq!(built(&[&format!("a:=@{path}")]).unwrap(), r#"{"a":{"x":1}}"#);
    }
}
