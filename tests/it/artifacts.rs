//! `completions/` and `man/` are what the binary prints. `UPDATE=1 cargo test artifacts` writes the pages of `man/`; the scripts
//! of `completions/` are written by hand, and the binary is built with them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::Iw102;

const COMPLETIONS: [(&str, &str); 5] = [
    ("bash", "iw102.bash"),
    ("elvish", "iw102.elv"),
    ("fish", "iw102.fish"),
    ("powershell", "_iw102.ps1"),
    ("zsh", "_iw102"),
];

#[test]
fn completions_are_those_of_the_binary() {
    let iw102 = Iw102::new();
    let printed = COMPLETIONS.map(|(shell, name)| (name.to_owned(), iw102.run(["completions", shell]).stdout));
    // Each shell gets its own script whole, and no file is there that no shell gets.
    assert_eq!(read(&folder("completions")), BTreeMap::from(printed));
}

#[test]
fn manual_pages_are_those_of_the_binary() {
    let iw102 = Iw102::new();
    assert_eq!(iw102.run(["man", "--out", "pages"]).code, Some(0));
    let made = read(&iw102.work().join("pages"));
    assert!(made.len() > 10, "{:?}", made.keys());
    let folder = folder("man");
    if std::env::var_os("UPDATE").is_some() {
        update(&folder, &made);
    }
    let kept = read(&folder);
    assert_eq!(made.keys().collect::<Vec<_>>(), kept.keys().collect::<Vec<_>>(), "UPDATE=1 cargo test artifacts");
    for (file, text) in made {
        assert!(kept[&file] == text, "man/{file} is old: UPDATE=1 cargo test artifacts");
    }
}

#[test]
fn the_first_page_is_printed() {
    let printed = Iw102::new().run(["man"]).stdout;
    assert_eq!(Some(&printed), read(&folder("man")).get("man1/iw102.1"));
}

#[test]
fn the_page_of_a_topic_is_printed() {
    let printed = Iw102::new().run(["man", "secrets"]).stdout;
    assert_eq!(Some(&printed), read(&folder("man")).get("man7/iw102-secrets.7"));
}

/// Writes a folder anew.
fn update(folder: &Path, made: &BTreeMap<String, String>) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir(folder).unwrap();
    for (file, text) in made {
        fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
        fs::write(folder.join(file), text).unwrap();
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every file below a folder, by its path there.
fn read(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            files.extend(read(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)));
        } else {
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    files
}
