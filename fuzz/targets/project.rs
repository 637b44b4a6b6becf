//! Any file as a serverless.yml.
//!
//! Input: the file, and a second one beside it, `other.yml`.

#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use iw102::asl::Payload;
use iw102::project::{Identity, LoadOptions, check, load};
use iw102_fuzz::{any_error, check_places, parts};
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("iw102-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    folder
});

fuzz_target!(|data: &[u8]| {
    let [file, other] = parts(data);
    let path = FOLDER.join("serverless.yml");
    fs::write(&path, file).expect("a file is written");
    fs::write(FOLDER.join("other.yml"), other).expect("a file is written");
    let options = LoadOptions {
        stage: None,
        region: None,
        params: [("key".to_owned(), "value".to_owned())].into(),
        environment: [("NAME".to_owned(), "from the environment".to_owned())].into(),
        account: "000000000000".to_owned(),
    };
    let loaded = load(&path, &options).expect("the file is there and small");
    check_places(&loaded.sources, &loaded.diagnostics);
    check_places(&loaded.sources, &check(&loaded));
    assert!(loaded.service.is_none() || !any_error(&loaded.diagnostics), "a service with errors");
    assert!(loaded.service.is_some() || any_error(&loaded.diagnostics), "no service and no reason");
    let Some(service) = &loaded.service else { return };
    let identity = Identity { region: "us-east-1".to_owned(), account: "000000000000".to_owned() };
    for machine in &service.machines {
        let (_, diagnostics) = machine.definition.resolve(service, &identity);
        check_places(&loaded.sources, &diagnostics);
        Payload::parse(machine.definition.to_json(service, &identity)).expect("a definition is JSON");
    }
});
