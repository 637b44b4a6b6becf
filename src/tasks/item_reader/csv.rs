//! Rows of comma-separated values as items: RFC 4180, and AWS's rules for rows that are longer or shorter than the headers.

use serde_json::{Map, Value};

use crate::asl::template;

/// The rows of a text: values by header, all of them strings. A value without a header is left out; one that is missing is
/// empty.
///
/// # Errors
/// When there are no headers.
pub(super) fn items(body: &str, config: &Value, most: usize) -> Result<Vec<Value>, String> {
    let delimiter = match config["CSVDelimiter"].as_str() {
        Some("PIPE") => '|',
        Some("SEMICOLON") => ';',
        Some("SPACE") => ' ',
        Some("TAB") => '\t',
        _ => ',',
    };
    let body = body.strip_prefix('\u{feff}').unwrap_or(body);
    let mut rows = Rows { rest: body, delimiter };
    let headers: Vec<String> = match config["CSVHeaders"].as_array().filter(|_| config["CSVHeaderLocation"] == "GIVEN")
    {
        Some(given) => given.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => rows.next().ok_or("The CSV file has no headers.")?,
    };
    // AWS goes through them as Java's HashMap does.
    let mut order: Vec<usize> = (0..headers.len()).collect();
    order.sort_by_key(|place| template::bucket(&headers[*place], headers.len()));
    let item = |row: Vec<String>| {
        let value = |place: &usize| row.get(*place).cloned().unwrap_or_default();
        let fields = order.iter().map(|place| (headers[*place].clone(), Value::from(value(place))));
        Value::Object(fields.collect::<Map<_, _>>())
    };
    Ok(rows.take(most).map(item).collect())
}

/// The rows of a text; an empty line is none.
struct Rows<'a> {
    rest: &'a str,
    delimiter: char,
}

impl Iterator for Rows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        self.rest = self.rest.trim_start_matches(['\r', '\n']);
        if self.rest.is_empty() {
            return None;
        }
        let (mut row, mut value, mut quoted) = (Vec::new(), String::new(), false);
        let mut letters = self.rest.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' if quoted && letters.peek().is_some_and(|(_, next)| *next == '"') => {
                    letters.next();
                    value.push('"');
                }
                '"' if quoted => quoted = false,
                '"' if value.is_empty() => quoted = true,
                _ if quoted => value.push(letter),
                _ if letter == self.delimiter => row.push(std::mem::take(&mut value)),
                '\r' => {}
                '\n' => {
                    row.push(value);
                    self.rest = &self.rest[at + 1..];
                    return Some(row);
                }
                _ => value.push(letter),
            }
        }
        row.push(value);
        self.rest = "";
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::items;

    fn read(body: &str, config: &Value) -> String {
        Value::Array(items(body, config, 99).unwrap()).to_string()
    }

    #[test]
    fn the_first_row_has_the_headers_and_rows_are_cut_or_filled() {
        let body = "H1,\nValue4,Value5,Value6\n,,,\n   \n";
        assert_eq!(
            read(body, &json!({ "CSVHeaderLocation": "FIRST_ROW" })),
            r#"[{"":"Value5","H1":"Value4"},{"":"","H1":""},{"":"","H1":"   "}]"#
        );
    }

    #[test]
    fn given_headers_and_other_delimiters() {
        let config = json!({ "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"], "CSVDelimiter": "PIPE" });
        assert_eq!(read("1|2|3\r\n4", &config), r#"[{"a":"1","b":"2"},{"a":"4","b":""}]"#);
    }

    #[test]
    fn quotes_hold_delimiters_lines_and_quotes() {
        assert_eq!(read("a,b\n\"x,\ny\",\"say \"\"z\"\"\"\n", &json!({})), r#"[{"a":"x,\ny","b":"say \"z\""}]"#);
    }

    #[test]
    fn a_file_without_a_row_has_no_headers() {
        assert!(items("", &json!({}), 9).is_err());
        assert_eq!(read("a,b", &json!({})), "[]");
    }
}
