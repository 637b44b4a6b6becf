//! What no stream and no file of a command may hold, however it is written; and where exactly it may be.
//!
//! The harness looks after every run and in every file that is left, so this covers the whole test run: what is planted here
//! is in the environment of every command, API keys are learned from the store and task tokens from whoever prints one.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::harness::{Iw102, SECRET_ACCESS_KEY, SESSION_TOKEN};

/// The password of a proxy, of which every command knows and which none needs: it is only asked for hosts elsewhere.
const PROXY_PASSWORD: &str = "never%2Fshown-PROXY-password-of-the-tests";
/// What a container's agent would be asked with.
const CONTAINER_TOKEN: &str = "never-shown-CONTAINER-token-of-the-tests";
/// A shorter text is no secret; it would be found by chance.
const SECRET_BYTES_MIN: usize = 12;

/// Variables that every command has, and what of them must not be seen.
pub(crate) fn planted() -> (Vec<(String, String)>, Secrets) {
    let proxy = format!("http://planted:{PROXY_PASSWORD}@127.0.0.1:9");
    let variables = [
        ("HTTPS_PROXY", proxy.as_str()),
        ("HTTP_PROXY", proxy.as_str()),
        ("NO_PROXY", "127.0.0.1,localhost,::1"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", CONTAINER_TOKEN),
        // Whatever there is to say about a panic or a request is said.
        ("RUST_BACKTRACE", "1"),
        ("RUST_LOG", "trace"),
    ];
    let mut secrets = Secrets::default();
    for secret in [PROXY_PASSWORD, &PROXY_PASSWORD.replace("%2F", "/"), CONTAINER_TOKEN] {
        secrets.hide(secret);
    }
    (variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(), secrets)
}

/// Where a secret was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Any stream and any file.
    Anywhere,
    /// Any but stdout of who was asked to show it, and the store's own file of keys.
    BesideKeys,
    /// Any but stdout of who was asked for it, and the store's database.
    BesideTokens,
}

/// Texts that must not be seen, and where they may be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Secrets(Vec<(String, Place)>);

impl Secrets {
    /// Hides a text everywhere.
    pub(crate) fn hide(&mut self, secret: &str) {
        self.add(secret, Place::Anywhere);
    }

    fn add(&mut self, secret: &str, place: Place) {
        let is_known = self.0.iter().any(|(known, _)| known == secret);
        if secret.len() >= SECRET_BYTES_MIN && !is_known {
            self.0.push((secret.to_owned(), place));
        }
    }

    /// Looks at what a command wrote: its words say what it was asked to show. What it was given out is hidden from then on.
    pub(crate) fn watch(&mut self, words: &[String], stdout: &str, stderr: &str) {
        let has = |word: &str| words.iter().any(|other| other == word);
        // `keys show NAME --reveal`, and the token that `token` prints, alone or in its JSON.
        let reveals = has("keys") && has("--reveal");
        let gives = words.iter().find(|word| !word.starts_with('-')).is_some_and(|word| word == "token");
        for (secret, place) in &self.0 {
            let may_be_there = (reveals && *place == Place::BesideKeys)
                || (gives && *place == Place::BesideTokens)
                || is_history(words, *place);
            let seen = [("stderr", stderr, false), ("stdout", stdout, may_be_there)].into_iter().find_map(
                |(stream, text, may)| {
                    (!may).then(|| found(secret, text.as_bytes())).flatten().map(|form| (stream, form))
                },
            );
            if let Some((stream, form)) = seen {
                panic!("{words:?} shows a secret ({form}) on {stream}:\n{stdout}\n---\n{stderr}");
            }
        }
        if gives {
            for word in stdout.split(|letter: char| letter.is_whitespace() || letter == '"') {
                let is_token = word.len() > 60
                    && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte));
                if is_token {
                    self.add(word, Place::BesideTokens);
                }
            }
        }
    }

    /// Takes the API keys from the store's file of keys, which is its owner's alone.
    pub(crate) fn learn_keys(&mut self, home: &Path) {
        for file in files(home).into_iter().filter(|file| is_keys_file(file)) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let mode = fs::metadata(&file).map_or(0o600, |metadata| metadata.permissions().mode());
            assert_eq!(mode & 0o077, 0, "{} can be read by others", file.display());
            let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            for key in value["keys"].as_array().into_iter().flatten() {
                self.add(key["value"].as_str().unwrap_or_default(), Place::BesideKeys);
            }
        }
    }

    /// The files below a folder that hold a secret where it must not be.
    pub(crate) fn leaks(&self, folder: &Path) -> Vec<String> {
        let mut leaks = Vec::new();
        for file in files(folder) {
            let bytes = fs::read(&file).unwrap_or_default();
            let mut hidden = self.0.iter().filter(|(_, place)| match place {
                Place::Anywhere => true,
                Place::BesideKeys => !is_keys_file(&file),
                Place::BesideTokens => !is_database(&file),
            });
            if let Some(form) = hidden.find_map(|(secret, _)| found(secret, &bytes)) {
                leaks.push(format!("{} ({form})", file.display()));
            }
        }
        leaks
    }
}

/// A history shows what was passed to a task as AWS does, its token with it: whoever asks for the events asks for that.
fn is_history(words: &[String], place: Place) -> bool {
    place == Place::BesideTokens && words.iter().any(|word| word == "history")
}

/// `$IW102_HOME/local/STORE/keys.json`
fn is_keys_file(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "keys.json")
}

/// `$IW102_HOME/local/STORE/store.db`, and what SQLite keeps beside it.
fn is_database(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().contains(".db"))
}

/// The regular files below a folder; neither a link nor a socket holds anything itself.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files
}

/// In which form bytes hold a secret, if they do.
fn found(secret: &str, bytes: &[u8]) -> Option<&'static str> {
    let is_in =
        |form: &String| form.len() >= SECRET_BYTES_MIN && bytes.windows(form.len()).any(|part| part == form.as_bytes());
    forms(secret).into_iter().find(|(_, form)| is_in(form)).map(|(name, _)| name)
}

/// How a secret can be written.
fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let (mut upper, mut lower, mut hex) = (String::new(), String::new(), String::new());
    for byte in secret.bytes() {
        let _ = write!(hex, "{byte:02x}");
        if is_plain(byte) {
            upper.push(char::from(byte));
            lower.push(char::from(byte));
        } else {
            let _ = (write!(upper, "%{byte:02X}"), write!(lower, "%{byte:02x}"));
        }
    }
    let json = serde_json::Value::from(secret).to_string();
    let json = json.trim_matches('"').to_owned();
    let slashes = json.replace('/', "\\/");
    let mut forms = vec![
        ("plain", secret.to_owned()),
        ("URL-encoded", upper),
        ("url-encoded", lower),
        ("in JSON", json),
        ("in JSON, slashes escaped", slashes),
        ("hex", hex.to_uppercase()),
        ("hex", hex),
    ];
    // In the midst of something longer it may begin at any of three places of a group.
    for before in 0..3 {
        let bytes = [&b"xx"[..before], secret.as_bytes()].concat();
        let stable = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        forms.push(("base64", STANDARD_NO_PAD.encode(&bytes)[stable.clone()].to_owned()));
        forms.push(("URL-safe base64", URL_SAFE_NO_PAD.encode(&bytes)[stable].to_owned()));
    }
    forms
}

#[test]
fn a_secret_is_found_in_whatever_form_it_is_written() {
    let secret = SECRET_ACCESS_KEY;
    let within = |text: &str| STANDARD_NO_PAD.encode(text);
    for text in [
        format!("a {secret} b"),
        "key=never%2Fshown%2FSECRET%2FACCESS%2FKEY%2Fof%2Fthe%2Ftests&x".to_owned(),
        secret.replace('/', "%2f"),
        secret.replace('/', "\\/"),
        within(secret),
        within(&format!("u:{secret}")),
        within(&format!("us:{secret}:and more")),
        within(&format!("use:{secret}!")),
        URL_SAFE_NO_PAD.encode(format!("?{secret}?")),
        secret.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
    ] {
        assert!(found(secret, text.as_bytes()).is_some(), "{text}");
    }
    for text in ["", "never/shown", &secret[..secret.len() - 1], &within(&secret[1..])] {
        assert_eq!(found(secret, text.as_bytes()), None, "{text}");
    }
}

#[test]
fn the_search_sees_streams_and_files_of_every_run() {
    let mut secrets = Secrets::default();
    secrets.hide(SESSION_TOKEN);
    let words = |line: &str| line.split(' ').map(ToOwned::to_owned).collect::<Vec<_>>();
    let sees = |secrets: &Secrets, line: &str, stdout: &str, stderr: &str| {
        let mut secrets = secrets.clone();
        let words = words(line);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| secrets.watch(&words, stdout, stderr))).is_err()
    };
    assert!(sees(&secrets, "list", SESSION_TOKEN, "") && sees(&secrets, "list", "", SESSION_TOKEN));
    assert!(sees(&secrets, "token", SESSION_TOKEN, ""), "only a token may be where tokens are");
    assert!(!sees(&secrets, "list", "nothing", "nothing"));

    // A key where keys are, a token where tokens are, and nowhere else.
    let home = tempfile::tempdir().unwrap();
    let store = home.path().join("local/store");
    fs::create_dir_all(&store).unwrap();
    let key = "a-key-of-the-store-0123456789";
    let keys = store.join("keys.json");
    fs::write(&keys, format!(r#"{{"keys":[{{"value":"{key}"}}]}}"#)).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).unwrap();
    secrets.learn_keys(home.path());
    assert!(!sees(&secrets, "keys show k --reveal", key, "") && sees(&secrets, "keys show k", key, ""));
    assert!(sees(&secrets, "keys show k --reveal", "", key) && sees(&secrets, "token", key, ""));
    let token = "AQCE".repeat(20);
    secrets.watch(&words("token --wait 1s"), &format!("{token}\n"), "");
    assert!(!sees(&secrets, "token", &token, "") && sees(&secrets, "succeed --token -", "", &token));
    assert_eq!(secrets.leaks(home.path()), Vec::<String>::new());
    fs::write(store.join("store.db-wal"), &token).unwrap();
    assert_eq!(secrets.leaks(home.path()), Vec::<String>::new());
    for (name, text) in [("owner.json", key), ("log", &token), ("keys.json", &token), ("cache.db", SESSION_TOKEN)] {
        let before = fs::read(store.join(name)).ok();
        fs::write(store.join(name), STANDARD_NO_PAD.encode(text)).unwrap();
        assert_eq!(secrets.leaks(home.path()).len(), 1, "{name}");
        match before {
            Some(before) => fs::write(store.join(name), before).unwrap(),
            None => fs::remove_file(store.join(name)).unwrap(),
        }
    }
}

#[test]
fn a_run_that_shows_what_is_planted_fails() {
    let iw102 = Iw102::new().hiding("hello-from-the-input");
    iw102.write("m.asl.json", r#"{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#);
    let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        iw102.run(["invoke", "--local", "--memory", "-c", "m.asl.json", "said=hello-from-the-input"])
    }));
    let text = run.unwrap_err().downcast_ref::<String>().unwrap().clone();
    assert!(text.contains("shows a secret (plain) on stdout"), "{text}");
}
