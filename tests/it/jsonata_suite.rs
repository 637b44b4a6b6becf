//! JSONata's own test suite, in the folder that `IW102_JSONATA_SUITE_DIR` names: `groups/GROUP/*.json` (a case or a list of
//! cases) and `datasets/NAME.json`. It is not a part of this repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use iw102::asl::jsonata::query;
use iw102::asl::variables::Variables;
use serde_json::Value;

/// Cases that are answered otherwise than the suite wants, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("function-encodeUrl/case002", "a lone surrogate is no Unicode, and in no text of ours"),
    ("function-encodeUrlComponent/case002", "a lone surrogate is no Unicode, and in no text of ours"),
    ("function-eval/case000", "AWS has no $eval"),
    ("function-eval/case001", "AWS has no $eval"),
    ("function-eval/case002", "AWS has no $eval"),
    ("function-eval/case003", "AWS has no $eval"),
    ("function-eval/case004", "AWS has no $eval"),
    ("function-eval/case005", "AWS has no $eval"),
    ("function-eval/case006", "AWS has no $eval"),
    ("function-eval/case007", "AWS has no $eval"),
    ("function-eval/case008[0]", "AWS has no $eval"),
    ("function-eval/case008[1]", "AWS has no $eval"),
    ("function-eval/case008[2]", "AWS has no $eval"),
    ("function-eval/case008[3]", "AWS has no $eval"),
    ("function-tomillis/parseDateTime[28]", "it wants that $now is today; it is what comes in"),
    ("range-operator/case021", "AWS refuses so long a sequence"),
    ("range-operator/case024", "AWS refuses so long a sequence"),
    ("tail-recursion/case002", "it wants a smaller stack than there is"),
];

/// One case: its file, with its place where a file has several.
struct Case {
    name: String,
    folder: PathBuf,
    fields: Value,
}

#[test]
fn jsonata_answers_as_its_suite_wants() {
    let Some(folder) = std::env::var_os("IW102_JSONATA_SUITE_DIR").map(PathBuf::from) else {
        let _ =
            writeln!(std::io::stderr(), "LEFT OUT: IW102_JSONATA_SUITE_DIR names no folder of JSONata's test suite");
        return;
    };
    let datasets = datasets(&folder);
    let cases = cases(&folder);
    assert!(!cases.is_empty(), "no case in {}", folder.display());
    let (mut failed, mut told) = (BTreeSet::new(), String::new());
    for case in &cases {
        if let Err(why) = check(case, &datasets) {
            let expression = expression(case);
            let _ = writeln!(told, "{}: {expression}\n    {why}", case.name);
            failed.insert(case.name.as_str());
        }
    }
    let passed = cases.len() - failed.len();
    let _ = writeln!(std::io::stderr(), "{told}{passed} of {} cases passed", cases.len());
    let expected: BTreeSet<&str> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(failed, expected, "the cases that fail are the exceptions, each of them with its reason");
}

fn datasets(folder: &Path) -> BTreeMap<String, Value> {
    let files = fs::read_dir(folder.join("datasets")).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), read(&path).unwrap())).collect()
}

fn cases(folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for group in fs::read_dir(folder.join("groups")).unwrap() {
        let folder = group.unwrap().path();
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let group = folder.file_name().unwrap().to_string_lossy();
            let name = format!("{group}/{}", path.file_stem().unwrap().to_string_lossy());
            let folder = folder.clone();
            match read(&path) {
                // A lone surrogate, which no text of ours can hold.
                None => cases.push(Case { name, folder, fields: Value::Null }),
                Some(Value::Array(several)) => {
                    for (place, fields) in several.into_iter().enumerate() {
                        cases.push(Case { name: format!("{name}[{place}]"), folder: folder.clone(), fields });
                    }
                }
                Some(fields) => cases.push(Case { name, folder, fields }),
            }
        }
    }
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    cases
}

/// The JSON of a file; `None` where a text in it is no Unicode.
fn read(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).unwrap();
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Err(error) if error.to_string().contains("hex escape") => None,
        json => Some(json.unwrap_or_else(|error| panic!("{}: {error}", path.display()))),
    }
}

fn expression(case: &Case) -> String {
    match case.fields["expr-file"].as_str() {
        Some(file) => fs::read_to_string(case.folder.join(file)).unwrap(),
        None => case.fields["expr"].as_str().unwrap_or_default().to_owned(),
    }
}

fn check(case: &Case, datasets: &BTreeMap<String, Value>) -> Result<(), String> {
    let fields = &case.fields;
    if fields.is_null() {
        return Err("the case is no Unicode".into());
    }
    let data = match fields.get("data") {
        Some(data) => Some(data),
        None => fields["dataset"].as_str().map(|name| &datasets[name]),
    };
    let mut variables = Variables::default();
    for (name, value) in fields["bindings"].as_object().into_iter().flatten() {
        variables.insert(name.as_str(), value.clone().into());
    }
    let answer = query(&expression(case), data, &variables);
    let code = fields["code"].as_str().or_else(|| fields["error"]["code"].as_str());
    match (code, answer) {
        (Some(code), Err(message)) if codes(&message).contains(&code) => Ok(()),
        (Some(code), answer) => Err(format!("wanted {code}, got {answer:?}")),
        (None, Err(message)) => Err(format!("wanted a value, got {message}")),
        (None, Ok(answer)) if fields["undefinedResult"] == true => {
            answer.map_or(Ok(()), |answer| Err(format!("wanted nothing, got {answer}")))
        }
        (None, Ok(answer)) => {
            let wanted = &fields["result"];
            let alike = match (&answer, fields["unordered"] == true) {
                (Some(Value::Array(items)), true) => same_items(items, wanted),
                (Some(answer), _) => same(answer, wanted),
                (None, _) => false,
            };
            if alike { Ok(()) } else { Err(format!("wanted {wanted}, got {answer:?}")) }
        }
    }
}

/// The codes that a message stands for: a bound of ours has no code, the suite's reference has several.
fn codes(message: &str) -> Vec<&str> {
    match message {
        _ if message.contains("Stack overflow") => vec!["U1001", "D1011"],
        _ if message.contains("timeout") => vec!["U1001", "D1012"],
        _ if message.contains("memory limit") => vec!["D2014", "D2015"],
        _ => message.split(':').take(1).collect(),
    }
}

fn same_items(items: &[Value], wanted: &Value) -> bool {
    let mut left: Vec<&Value> = wanted.as_array().unwrap().iter().collect();
    items.len() == left.len()
        && items
            .iter()
            .all(|item| left.iter().position(|wanted| same(item, wanted)).map(|at| left.remove(at)).is_some())
}

/// Alike, 1 and 1.0 being one number, and numbers being those that JSONata writes: 15 digits.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let (left, right) = (left.as_f64().unwrap(), right.as_f64().unwrap());
            (left - right).abs() <= 1e-15 * left.abs().max(right.abs())
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|right| same(value, right)))
        }
        _ => left == right,
    }
}
