//! The values of keys: given, or made once and kept in the store's `keys.json`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::engine::EngineError;
use crate::local::api_gateway::model::Key;
use crate::local::secret::Secret;
use crate::local::store_lock::{self, random_bytes};

const FILE: &str = "keys.json";
/// The version of the file that is written, and the only one that is read.
const VERSION: u64 = 1;
/// Characters of a value that is made, as API Gateway's own have.
const VALUE_LENGTH: usize = 40;

/// A random value: letters of both cases and digits.
fn random() -> Secret {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut value = String::with_capacity(VALUE_LENGTH);
    while value.len() < VALUE_LENGTH {
        // 248 is the largest multiple of 62 in a byte: what is above would favour some letters.
        let letters = random_bytes().into_iter().filter(|byte| *byte < 248);
        let letters = letters.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
        value.extend(letters.take(VALUE_LENGTH - value.len()));
    }
    Secret::from(value)
}

/// `keys.json`
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u64,
    /// The value of each key that has none in the project's file, by its name.
    keys: BTreeMap<String, Secret>,
}

/// The values that were made, by the keys' names.
#[derive(Debug)]
pub(super) struct KeyRing {
    /// The store's; `None` where everything is kept in memory.
    folder: Option<PathBuf>,
    made: BTreeMap<String, Secret>,
}

impl KeyRing {
    /// Reads the store's file, if there is one.
    pub(super) fn open(folder: Option<&Path>) -> Result<Self, EngineError> {
        let made = folder.map_or_else(|| Ok(BTreeMap::new()), |folder| read(&folder.join(FILE)))?;
        Ok(Self { folder: folder.map(ToOwned::to_owned), made })
    }

    /// The value of each key. What is missing is made and kept; what no key has any more is forgotten.
    pub(super) fn values(&mut self, keys: &[Key]) -> Result<Vec<Secret>, EngineError> {
        let unnamed = keys.iter().filter(|key| key.value.is_none());
        let made = |key: &Key| self.made.get(&key.name).cloned().unwrap_or_else(random);
        let made: BTreeMap<String, Secret> = unnamed.map(|key| (key.name.clone(), made(key))).collect();
        if made != self.made {
            if let Some(folder) = &self.folder {
                write(folder, &made).map_err(|error| refusal(&folder.join(FILE), &error.to_string()))?;
            }
            self.made = made;
        }
        let value = |key: &Key| key.value.clone().or_else(|| self.made.get(&key.name).cloned());
        Ok(keys.iter().filter_map(value).collect())
    }
}

fn read(file: &Path) -> Result<BTreeMap<String, Secret>, EngineError> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(refusal(file, &error.to_string())),
    };
    // What serde says of a text may repeat a part of it, which may be a key.
    let Ok(kept) = serde_json::from_slice::<Kept>(&text) else {
        return Err(refusal(file, "it is damaged; delete it, and every key gets another value"));
    };
    if kept.version != VERSION {
        let why = format!("it has version {}, and this is iw102 {}", kept.version, env!("CARGO_PKG_VERSION"));
        return Err(refusal(file, &why));
    }
    Ok(kept.keys)
}

/// Writes all of it or nothing; only its user can read it. A key that was shown to somebody must not be another one after a
/// power failure, so the folder's entry is made durable too.
fn write(folder: &Path, keys: &BTreeMap<String, Secret>) -> std::io::Result<()> {
    let text = serde_json::to_vec(&Kept { version: VERSION, keys: keys.clone() })?;
    store_lock::write(folder, FILE, &text, 0o600)?;
    File::open(folder)?.sync_all()
}

fn refusal(file: &Path, why: &str) -> EngineError {
    EngineError::Store(format!("{}: {why}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{Key, KeyRing, Secret};

    fn key(name: &str, value: Option<&str>) -> Key {
        Key { name: name.to_owned(), value: value.map(Secret::from), enabled: true }
    }

    fn shown(values: &[Secret]) -> Vec<&str> {
        values.iter().map(Secret::reveal).collect()
    }

    #[test]
    fn a_value_is_made_once_and_kept_until_its_entry_goes() {
        let home = tempfile::tempdir().unwrap();
        let given = key("given", Some("a-value-of-the-file-12345"));
        let mut ring = KeyRing::open(Some(home.path())).unwrap();
        let made = ring.values(&[key("a", None), given.clone(), key("b", None)]).unwrap();
        let letters = |value: &str| value.len() == 40 && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        assert!(letters(made[0].reveal()) && letters(made[2].reveal()) && made[0] != made[2], "{:?}", shown(&made));
        assert_eq!(made[1].reveal(), "a-value-of-the-file-12345");

        let mut again = KeyRing::open(Some(home.path())).unwrap();
        assert_eq!(
            shown(&again.values(&[key("b", None), key("a", None)]).unwrap()),
            [made[2].reveal(), made[0].reveal()]
        );
        again.values(&[key("b", None)]).unwrap();
        let mut later = KeyRing::open(Some(home.path())).unwrap();
        let values = later.values(&[key("a", None), key("b", None)]).unwrap();
        assert!(values[0] != made[0] && values[1] == made[2]);
    }

    #[test]
    fn the_file_is_its_users_alone_and_holds_no_value_of_the_project() {
        let home = tempfile::tempdir().unwrap();
        let mut ring = KeyRing::open(Some(home.path())).unwrap();
        ring.values(&[key("only-given", Some("given"))]).unwrap();
        let file = home.path().join("keys.json");
        assert!(!file.exists());
        // What a killed process left, and somebody copied.
        std::fs::write(home.path().join("keys.json.new"), "{").unwrap();
        let made = ring.values(&[key("a", None), key("only-given", Some("given"))]).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text, format!(r#"{{"version":1,"keys":{{"a":"{}"}}}}"#, made[0].reveal()));
        assert!(!home.path().join("keys.json.new").exists());
        assert!(!format!("{ring:?} {made:?}").contains(made[0].reveal()));
    }

    #[test]
    fn a_damaged_or_newer_file_is_refused_without_its_content() {
        let home = tempfile::tempdir().unwrap();
        for (text, why) in [
            (r#"{"version":1,"keys":{"a":["s3cret"]}}"#, "it is damaged"),
            (r#"{"version":2,"keys":{"a":"s3cret"}}"#, "it has version 2"),
        ] {
            std::fs::write(home.path().join("keys.json"), text).unwrap();
            let error = KeyRing::open(Some(home.path())).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("keys.json") && !error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn in_memory_values_last_as_long_as_the_ring() {
        let mut ring = KeyRing::open(None).unwrap();
        let first = ring.values(&[key("a", None)]).unwrap();
        assert_eq!(ring.values(&[key("a", None)]).unwrap(), first);
    }
}
