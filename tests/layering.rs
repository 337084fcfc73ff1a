//! Holds the module borders: which top-level module may use which, and that only the command line prints.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Top-level module -> the top-level modules it may use. `cli` and the crate's roots may use all.
const ALLOWED: &[(&str, &[&str])] = &[
    ("template", &[]),
    ("engine", &[]),
    ("aws", &[]),
    ("resources", &["engine", "aws", "template"]),
    ("producer", &["aws", "template"]),
    ("flow", &["aws", "template"]),
    ("agreement", &["template"]),
    ("dashboard", &["template"]),
    // The test bed of all others: it must not share a bug with what it tests.
    ("local", &[]),
    (
        "cli",
        &[
            "template",
            "engine",
            "aws",
            "resources",
            "producer",
            "flow",
            "agreement",
            "dashboard",
            "local",
        ],
    ),
];

const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln"];

#[test]
fn modules_use_only_what_the_design_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(
        files.len() > 5,
        "only {} files found under {}",
        files.len(),
        root.display()
    );
    let faults: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let name = file.strip_prefix(&root).expect("a file of src").display().to_string();
            faults(&name, &fs::read_to_string(file).expect("a readable file"))
        })
        .collect();
    assert!(faults.is_empty(), "module borders crossed:\n  {}", faults.join("\n  "));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// What one file (its path below src) uses or prints that it must not.
fn faults(file: &str, source: &str) -> Vec<String> {
    let tokens: TokenStream = source.parse().unwrap_or_else(|error| panic!("src/{file}: {error}"));
    let mut found = Found::default();
    scan(tokens, depth(file), &mut found);
    let module = file.split(['/', '.']).next().unwrap_or_default();
    let mut faults = Vec::new();
    if let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == module) {
        for used in found
            .modules
            .iter()
            .filter(|used| ALLOWED.iter().any(|(name, _)| name == used))
        {
            if used != module && !allowed.contains(&used.as_str()) {
                faults.push(format!("src/{file}: {module} must not use {used}"));
            }
        }
    } else if !matches!(module, "main" | "lib") {
        faults.push(format!(
            "src/{file}: the module {module} has no borders yet; add it to tests/layering.rs"
        ));
    }
    if !matches!(module, "cli" | "main") {
        faults.extend(
            found
                .prints
                .iter()
                .map(|name| format!("src/{file}: {name}! outside src/cli")),
        );
    }
    faults.sort();
    faults.dedup();
    faults
}

#[derive(Default)]
struct Found {
    modules: Vec<String>,
    prints: Vec<String>,
}

/// How many `super` lead from the module of a file to the crate's root.
fn depth(file: &str) -> usize {
    let parts = file.trim_end_matches(".rs").split('/').count();
    if file.ends_with("/mod.rs") { parts - 1 } else { parts }
}

/// `depth`: of the module that these tokens stand in. Comments are no tokens, so a link in one is no use.
fn scan(tokens: TokenStream, depth: usize, found: &mut Found) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let rest = &tokens[at + 1..];
        match token {
            TokenTree::Ident(name) if name == "crate" => root_names(rest, found),
            TokenTree::Ident(name) if name == "super" && !is_path(&tokens[..at]) => supers(&tokens[at..], depth, found),
            TokenTree::Ident(name) if is_punct(rest.first(), '!') && PRINTING.iter().any(|print| name == print) => {
                found.prints.push(name.to_string());
            }
            TokenTree::Group(group) => {
                let inline = at >= 2 && matches!(&tokens[at - 2], TokenTree::Ident(word) if word == "mod");
                scan(group.stream(), depth + usize::from(inline), found);
            }
            _ => {}
        }
    }
}

/// Follows `super::super::...` up to the crate's root.
fn supers(mut tokens: &[TokenTree], depth: usize, found: &mut Found) {
    for _ in 0..depth {
        match tokens {
            [TokenTree::Ident(word), first, second, ..]
                if word == "super" && is_punct(Some(first), ':') && is_punct(Some(second), ':') =>
            {
                tokens = &tokens[3..];
            }
            _ => return,
        }
    }
    names(tokens, found);
}

/// The names after `crate`: `crate::name` or `crate::{name, name}`.
fn root_names(tokens: &[TokenTree], found: &mut Found) {
    if is_punct(tokens.first(), ':') && is_punct(tokens.get(1), ':') {
        names(&tokens[2..], found);
    }
}

fn names(tokens: &[TokenTree], found: &mut Found) {
    match tokens.first() {
        Some(TokenTree::Ident(name)) => found.modules.push(name.to_string()),
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            for item in inner.split(|token| is_punct(Some(token), ',')) {
                names(item, found);
            }
        }
        _ => {}
    }
}

fn is_path(before: &[TokenTree]) -> bool {
    is_punct(before.last(), ':')
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

#[test]
fn a_wrong_arrow_is_found() {
    let wrong = |file: &str, source: &str| faults(file, source);
    assert_eq!(
        wrong("engine/plan.rs", "use crate::aws::Error;"),
        ["src/engine/plan.rs: engine must not use aws"]
    );
    assert_eq!(
        wrong(
            "producer/mod.rs",
            "use crate::{aws::Clients, engine, template::{Project}};"
        ),
        ["src/producer/mod.rs: producer must not use engine"]
    );
    assert_eq!(
        wrong("local/s3/list.rs", "fn f() -> crate::template::Project { todo() }"),
        ["src/local/s3/list.rs: local must not use template"]
    );
    assert_eq!(
        wrong("local/s3/list.rs", "use super::super::super::engine::Graph;"),
        ["src/local/s3/list.rs: local must not use engine"]
    );
    assert_eq!(
        wrong("aws/mod.rs", "mod tests { use super::super::cli::run; }"),
        ["src/aws/mod.rs: aws must not use cli"]
    );
    assert_eq!(
        wrong("newcomer/mod.rs", ""),
        ["src/newcomer/mod.rs: the module newcomer has no borders yet; add it to tests/layering.rs"]
    );
}

#[test]
fn printing_outside_the_command_line_is_found() {
    let source = r#"fn f() { if true { eprintln!("{}", 1) } }"#;
    assert_eq!(
        faults("aws/wait.rs", source),
        ["src/aws/wait.rs: eprintln! outside src/cli"]
    );
    assert_eq!(faults("cli/output.rs", source), [""; 0]);
}

#[test]
fn what_is_allowed_stays_allowed() {
    let source = r#"
        //! See [`crate::engine::Graph`].
        use crate::{aws::Clients, template};
        use super::engine;
        const TEXT: &str = "use crate::engine; println!()";
        /* println!("commented out") */
        fn f(out: &mut String) { write!(out, "x").unwrap(); format!("y"); }
    "#;
    assert_eq!(faults("producer/send/mod.rs", source), [""; 0]);
}
