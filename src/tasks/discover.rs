//! From serverless.yml's `handler` and `runtime` to a program.
//!
//! Owns: what each runtime means here, and which files are guessed where no runtime is given. Must not know: serverless.yml.

use std::path::{Path, PathBuf};

use crate::tasks::function::{FunctionSpec, Program};
use crate::tasks::launch::{Language, how_to_give, not_found};

impl FunctionSpec {
    /// Decides what runs a function. `name` is what the user calls it (the key under `functions`); `folder` is the one of the file
    /// that names it; `runtime` may be empty, then the files that exist decide.
    ///
    /// A handler whose file is not there is [`Program::Missing`]; a binary may be built later, so its candidates are given
    /// whether they exist or not, and are looked for when the function is invoked.
    #[must_use]
    pub fn discover(name: &str, folder: &Path, handler: &str, runtime: &str) -> Program {
        if Language::of(runtime).is_some() {
            return of_language(name, folder, handler, runtime);
        }
        match runtime {
            "" => guess(name, folder, handler),
            "go1.x" | "rust" => Program::Bootstrap(binaries(name, handler)),
            _ if runtime.starts_with("provided") => Program::Bootstrap(binaries(name, handler)),
            _ => Program::Missing(format!("Runtime {runtime} of function {name} cannot be run. {}", how_to_give(name))),
        }
    }
}

fn of_language(name: &str, folder: &Path, handler: &str, runtime: &str) -> Program {
    let files = Language::of(runtime).map(|language| language.files(handler)).unwrap_or_default();
    if files.iter().any(|file| folder.join(file).is_file()) {
        return Program::Handler { handler: handler.to_owned(), runtime: runtime.to_owned() };
    }
    Program::Missing(not_found(name, &format!("handler {handler}"), folder, &files))
}

fn guess(name: &str, folder: &Path, handler: &str) -> Program {
    let mut looked_for = Vec::new();
    for (language, runtime) in [(Language::Python, "python3"), (Language::Node, "nodejs")] {
        let files = language.files(handler);
        if handler.contains('.') && files.iter().any(|file| folder.join(file).is_file()) {
            return Program::Handler { handler: handler.to_owned(), runtime: runtime.to_owned() };
        }
        looked_for.extend(files);
    }
    let binaries = binaries(name, handler);
    // `bin/hello` names a binary, whether it is built or not; `app.handler` names one only when it is there.
    if !handler.contains('.') || binaries.iter().any(|file| folder.join(file).is_file()) {
        return Program::Bootstrap(binaries);
    }
    looked_for.extend(binaries);
    Program::Missing(not_found(name, &format!("handler {handler}"), folder, &looked_for))
}

/// Where the build tools put a function's binary: as the handler says, as `provided.*` wants it, `go build`, the Serverless
/// Framework's plugins for Go, cargo-lambda.
fn binaries(name: &str, handler: &str) -> Vec<PathBuf> {
    // A Rust handler may be `package.binary`.
    let binary = handler.rsplit(['/', '.']).next().unwrap_or(handler);
    let mut all = vec![
        handler.to_owned(),
        format!("{handler}/bootstrap"),
        "bootstrap".to_owned(),
        format!("bin/{name}"),
        format!("bin/{name}/bootstrap"),
        format!(".build/{handler}"),
        format!(".build/{name}"),
        format!(".build/{name}/bootstrap"),
        format!(".bin/{name}"),
        format!("target/lambda/{name}/bootstrap"),
        format!("target/lambda/{binary}/bootstrap"),
    ];
    let mut seen = Vec::new();
    all.retain(|path| {
        let new = !path.starts_with('/') && !seen.contains(path);
        seen.push(path.clone());
        new
    });
    all.into_iter().map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let file = folder.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        folder
    }

    fn found(files: &[&str], handler: &str, runtime: &str) -> String {
        match FunctionSpec::discover("hello", folder(files).path(), handler, runtime) {
            Program::Handler { handler, runtime } => format!("{runtime} {handler}"),
            Program::Bootstrap(candidates) => format!("binary {}", candidates[0].display()),
            Program::Missing(_) => "missing".to_owned(),
            Program::Command(_) => "command".to_owned(),
        }
    }

    #[test]
    fn runtimes_decide() {
        for (files, handler, runtime, expected) in [
            (&["app.py"][..], "app.handler", "python3.12", "python3.12 app.handler"),
            (&["src/app/__init__.py"], "src/app.handler", "python3.9", "python3.9 src/app.handler"),
            (&["a/b.py"], "a.b.handler", "python3.12", "python3.12 a.b.handler"),
            (&["src/app.mjs"], "src/app.handler", "nodejs20.x", "nodejs20.x src/app.handler"),
            (&["app.js"], "app.a.b", "nodejs20.x", "nodejs20.x app.a.b"),
            (&["app.py"], "app.handler", "nodejs20.x", "missing"),
            (&[], "bin/hello", "go1.x", "binary bin/hello"),
            (&[], "bootstrap", "provided.al2023", "binary bootstrap"),
            (&["x.jar"], "com.example.Handler", "java21", "missing"),
        ] {
            assert_eq!(found(files, handler, runtime), expected, "{handler} {runtime}");
        }
    }

    #[test]
    fn files_decide_where_no_runtime_is_given() {
        for (files, handler, expected) in [
            (&["app.py"][..], "app.handler", "python3 app.handler"),
            (&["app.cjs"], "app.handler", "nodejs app.handler"),
            (&[], "bin/hello", "binary bin/hello"),
            (&["bootstrap"], "hello.handler", "binary hello.handler"),
            (&[], "hello.handler", "missing"),
        ] {
            assert_eq!(found(files, handler, ""), expected, "{handler}");
        }
    }

    #[test]
    fn what_is_missing_says_where_it_was_looked_for() {
        let folder = folder(&[]);
        let Program::Missing(text) = FunctionSpec::discover("hello", folder.path(), "src/app.handler", "nodejs20.x")
        else {
            panic!("nothing is there");
        };
        for said in ["src/app.js", "src/app.mjs", "custom.iw102.functions.hello.command", "--function hello=CMD"] {
            assert!(text.contains(said), "{text}");
        }
    }
}
