//! What is built into the binary, as `cargo metadata` says it: one TLS stack, without what makes it slow, and licences that
//! ask for nothing but to be named. It needs no network: whoever runs the tests has the sources of this platform already.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;
use spdx::{Expression, ParseMode};

/// Licences (SPDX ids) under which everything may be passed on, as long as they are passed on with it. A package with no
/// choice of them is an exception; it would stand here by its name, with the reason. There is none.
/// LLVM's exception only takes conditions of the Apache licence away.
const PERMISSIVE: &[&str] =
    &["Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-3-Clause", "ISC", "MIT", "Unicode-3.0", "Zlib"];

/// Other ways to TLS and HTTP than rustls with aws-lc and hyper 1: each would be a second one to keep safe, and megabytes.
/// `openssl-probe` is not among them: it only looks where the platform's roots are.
const SECOND_STACKS: &[&str] =
    &["boring", "gnutls", "mbedtls", "native-tls", "openssl", "openssl-sys", "ring", "s2n-tls", "ureq", "wolfssl"];

/// Of these there is one version, the one that begins so.
const ONLY: &[(&str, &str)] = &[
    ("aws-lc-rs", "1."),
    ("aws-lc-sys", "0."),
    ("h2", "0.4."),
    ("http", "1."),
    ("hyper", "1."),
    ("hyper-rustls", "0.27."),
    ("rustls", "0.23."),
    ("rustls-webpki", "0.103."),
    ("tokio-rustls", "0.26."),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    /// What each feature stands for.
    features: BTreeMap<String, Vec<String>>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    rename: Option<String>,
    optional: bool,
    #[serde(flatten)]
    kind: Kind,
}

/// `dev`, `build` or nothing; and for which platforms.
#[derive(PartialEq, Eq, Deserialize)]
struct Kind {
    kind: Option<String>,
    target: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
    root: String,
}

/// A package with the features that are on.
#[derive(Deserialize)]
struct Node {
    id: String,
    features: Vec<String>,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

impl Metadata {
    /// Of this package for this platform.
    fn read() -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let words = ["metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", "host-tuple"];
        let output = Command::new(cargo).args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The packages that the binary is built of and with.
    fn built(&self) -> Vec<&Package> {
        let nodes: BTreeMap<_, _> = self.resolve.nodes.iter().map(|node| (&node.id, node)).collect();
        let packages: BTreeMap<_, _> = self.packages.iter().map(|package| (&package.id, package)).collect();
        let (mut seen, mut open) = (BTreeSet::new(), vec![&self.resolve.root]);
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                let (node, package) = (nodes[id], packages[id]);
                let edges = node.deps.iter().filter(|edge| package.is_built_with(node, edge, packages[&edge.pkg]));
                open.extend(edges.map(|edge| &edge.pkg));
            }
        }
        seen.into_iter().map(|id| packages[id]).collect()
    }
}

impl Package {
    /// Whether another package is really built for this one. The lock file and its graph also have what `name?/feature`
    /// speaks of, which turns a feature on where something else brings the package, and brings nothing itself.
    fn is_built_with(&self, node: &Node, edge: &Edge, other: &Self) -> bool {
        let is_meant = |entry: &&Dependency| entry.name == other.name && edge.dep_kinds.contains(&entry.kind);
        let mut entries = self.dependencies.iter().filter(is_meant);
        entries
            .any(|entry| entry.kind.kind.as_deref() != Some("dev") && (!entry.optional || self.turns_on(node, entry)))
    }

    /// Whether a feature that is on asks for an optional dependency.
    fn turns_on(&self, node: &Node, entry: &Dependency) -> bool {
        let name = entry.rename.as_ref().unwrap_or(&entry.name);
        let mut asked = node.features.iter().filter_map(|feature| self.features.get(feature)).flatten();
        asked.any(|what| {
            what.strip_prefix("dep:") == Some(name) || what.split_once('/').is_some_and(|(package, _)| package == name)
        })
    }
}

/// Whether one can keep to an expression by licences of [`PERMISSIVE`] alone.
fn is_permissive(expression: &str) -> bool {
    // The old way to write OR, `MIT/Apache-2.0`, is understood.
    let expression = Expression::parse_mode(expression, ParseMode::LAX);
    expression.is_ok_and(|expression| expression.evaluate(|one| PERMISSIVE.contains(&one.to_string().as_str())))
}

#[test]
fn licences_are_read_as_they_are_meant() {
    for expression in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0-only OR MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception OR Apache-2.0",
    ] {
        assert!(is_permissive(expression), "{expression}");
    }
    for expression in [
        "",
        "MPL-2.0",
        "MIT AND GPL-2.0-only",
        "MIT AND (ISC OR OpenSSL) AND LGPL-2.1-or-later",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "LicenseRef-ours",
    ] {
        assert!(!is_permissive(expression), "{expression}");
    }
}

#[test]
fn what_is_not_built_is_not_counted() {
    let package = |name: &str, features: &[(&str, &[&str])], dependencies: Vec<Dependency>| Package {
        id: name.to_owned(),
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        license: None,
        features: features
            .iter()
            .map(|(name, asked)| ((*name).to_owned(), asked.iter().map(ToString::to_string).collect()))
            .collect(),
        dependencies,
    };
    let plain = || Kind { kind: None, target: None };
    let optional = |kind| Dependency { name: "ring".to_owned(), rename: None, optional: true, kind };
    let features: &[(&str, &[&str])] =
        &[("weak", &["ring?/alloc"]), ("named", &["dep:ring"]), ("strong", &["ring/alloc"])];
    let webpki = package("webpki", features, vec![optional(plain())]);
    let ring = package("ring", &[], Vec::new());
    let is_built_with = |feature: &str| {
        let node = Node { id: "webpki".to_owned(), features: vec![feature.to_owned()], deps: Vec::new() };
        webpki.is_built_with(&node, &Edge { pkg: "ring".to_owned(), dep_kinds: vec![plain()] }, &ring)
    };
    assert!(!is_built_with("weak"));
    assert!(is_built_with("named"));
    assert!(is_built_with("strong"));
}

#[test]
fn there_is_one_tls_stack() {
    let metadata = Metadata::read();
    let built = metadata.built();
    let mut wrong = Vec::new();
    for package in &built {
        let version = ONLY.iter().find(|(name, _)| *name == package.name);
        if SECOND_STACKS.contains(&package.name.as_str())
            || version.is_some_and(|(_, begins)| !package.version.starts_with(begins))
        {
            wrong.push(format!("{} {}: see cargo tree -i {0}@{1}", package.name, package.version));
        }
    }
    for (name, _) in ONLY {
        let count = built.iter().filter(|package| package.name == *name).count();
        if count != 1 {
            wrong.push(format!("{name}: {count} versions"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn licences_are_permissive() {
    let metadata = Metadata::read();
    let of = |package: &Package| package.license.clone().unwrap_or_default();
    let wrong = metadata.packages.iter().filter(|package| !is_permissive(&of(package)));
    let wrong: Vec<_> =
        wrong.map(|package| format!("{} {}: `{}`", package.name, package.version, of(package))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nobody_waits_for_the_jitter_of_the_processor() {
    // Cargo shows the compiler what it shows to aws-lc-sys's build.
    let setting = option_env!("AWS_LC_SYS_NO_JITTER_ENTROPY");
    assert_eq!(
        setting,
        Some("1"),
        "without .cargo/config.toml every command that speaks TLS begins with 40 ms of work"
    );
}
