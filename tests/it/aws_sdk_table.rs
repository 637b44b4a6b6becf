//! The table of AWS's services against AWS's models, where the Python of `IW102_PYTHON` (else `python3`) has the botocore of
//! which the table was made.

use std::process::Command;

use crate::harness::python_with;

#[test]
fn the_table_of_services_is_what_the_models_say() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("src/tasks/integration/sdk/table.txt")).unwrap();
    let version = table.split_once("of botocore ").and_then(|(_, rest)| rest.split_once(';')).unwrap().0;
    let Some(python) = python_with(&format!("botocore; assert botocore.__version__ == '{version}'")) else { return };
    let made = Command::new(python).arg(root.join("tools/aws-sdk-table.py")).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(table.as_bytes() == made.stdout, "make it anew: python3 tools/aws-sdk-table.py >table.txt");
}
