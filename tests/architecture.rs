//! Who may use whom: the source tree, read as text, against the table of layers.
//!
//! **What is checked.** A path into a layer that the table forbids; a cycle among files; a clock, file, thread, lock,
//! hash-ordered map or float in the pure layers; a file without a `//!` header; a folder that the table does not name;
//! `include!` and `#[path]`, which would hide all of that. Comments and strings are blanked first, so prose may name
//! anything. And a promise of the README that names a test or a file which is not there.
//!
//! **What counts as using.** Any path that begins with `crate`, `super`, `self`, a child module or a name that the file
//! has imported, in a `use` or anywhere else. A path through a parent leads to the file that defines the item: through
//! `use` lines of the parent, as far as they go. So `use super::Balance` in `model/posting.rs` leads to
//! `model/balance.rs`, and what a `mod.rs` passes on with `pub use` is not use by the `mod.rs`, unless its own code names
//! it.
//!
//! **What is not seen.** Names that a macro makes out of pieces, methods called on values (a type is always named where
//! the value comes from), and items that no text defines. Test modules are held to the layers, but not to the absence of
//! cycles. The inspector in `src/bin` is a crate of its own: the compiler lets it see the public names alone.

// The checker's functions are tests too, which clippy cannot see.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

/// Each layer, with the layers that it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("money", &[]),
    ("model", &["money"]),
    ("rules", &["model", "money"]),
    ("store", &[]),
    ("layout", &["rules", "model", "money", "store"]),
    ("ledger", &["layout", "rules", "model", "money", "store"]),
    ("report", &["export", "ledger", "model", "money"]),
    ("export", &["ledger", "model", "money"]),
    ("import", &["ledger", "rules", "model", "money"]),
    ("testing", &["ledger", "rules", "model", "money", "store"]),
];

/// The layers that only compute.
const PURE: &[&str] = &["money", "model", "rules"];

/// Names that have no place there; names of types that begin with `Atomic`, and float literals, are refused as well.
const IMPURE_NAMES: &[&str] = &[
    "SystemTime",
    "Instant",
    "parking_lot",
    "thread_local",
    "Mutex",
    "RwLock",
    "OnceLock",
    "LazyLock",
    "HashMap",
    "HashSet",
    "RandomState",
    "f32",
    "f64",
];

/// Modules of the standard library that have no place there.
const IMPURE_MODULES: &[&str] = &["time", "fs", "thread", "env", "net", "process", "io"];

#[test]
fn layers_use_only_what_the_table_allows() {
    demand(&forbidden_layers(&Tree::of_the_crate()));
}

#[test]
fn no_file_uses_itself_by_way_of_others() {
    demand(&cycles(&Tree::of_the_crate()));
}

#[test]
fn pure_layers_know_no_clock_file_thread_lock_hash_order_or_float() {
    demand(&impurities(&Tree::of_the_crate()));
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    let mut files = Tree::of_the_crate().files;
    for folder in ["tests", "benches", "examples", "fuzz/fuzz_targets"] {
        read(folder, &mut files);
    }
    demand(&headless(&files));
}

#[test]
fn readme_names_only_tests_and_files_that_exist() {
    let mut files = BTreeMap::new();
    for folder in ["src", "tests"] {
        read(folder, &mut files);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    demand(&misnamed(&readme, &files, |path| root.join(path).exists()));
}

fn demand(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

// The checks. Each returns its complaints, so that it can be shown to find some.

fn forbidden_layers(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, file) in tree.library() {
        let Some(layer) = file.module.first() else { continue };
        let Some((_, allowed)) = LAYERS.iter().find(|(known, _)| known == layer) else {
            complaints.push(format!("{name}: src/{layer} is not in the table of layers"));
            continue;
        };
        for path in &file.paths {
            let Some(target) = file.absolute(path) else { continue };
            match target.first() {
                Some(used) if used == layer || allowed.contains(&used.as_str()) => {}
                Some(used) if LAYERS.iter().any(|(known, _)| known == used) => {
                    complaints.push(format!("{name}:{}: {layer} may not use {used}", path.line));
                }
                _ => complaints.push(format!("{name}:{}: {layer} names the crate's root, not a layer", path.line)),
            }
        }
        for (line, word) in file.words_that(|word| matches!(word, "include" | "path")) {
            let hidden = file.tokens.windows(3).any(|t| t[0].line == line && t[0].text == word && t[1].text == "!")
                || file.tokens.windows(3).any(|t| t[1].line == line && t[0].text == "[" && t[1].text == "path");
            if hidden {
                complaints.push(format!("{name}:{line}: {word} hides source text from this test"));
            }
        }
    }
    // A line that imports two names of a layer is one complaint.
    complaints.dedup();
    complaints
}

fn impurities(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, file) in tree.library() {
        if !file.module.first().is_some_and(|layer| PURE.contains(&layer.as_str())) {
            continue;
        }
        let impure = |word: &str| IMPURE_NAMES.contains(&word) || word.starts_with("Atomic") || is_float(word);
        for (line, word) in file.words_that(impure) {
            complaints.push(format!("{name}:{line}: {word} in a pure layer"));
        }
        for path in &file.paths {
            if let [root, module, ..] = path.segments.as_slice()
                && root == "std"
                && IMPURE_MODULES.contains(&module.as_str())
            {
                complaints.push(format!("{name}:{}: std::{module} in a pure layer", path.line));
            }
        }
    }
    complaints
}

fn headless(files: &BTreeMap<String, String>) -> Vec<String> {
    let without = files.iter().filter(|(_, text)| !text.starts_with("//! "));
    without.map(|(name, _)| format!("{name}:1: no //! header")).collect()
}

/// What a text names in code marks as a test (a long name in small letters) or a file of ours, and is none.
fn misnamed(text: &str, files: &BTreeMap<String, String>, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let defined: BTreeSet<String> =
        files.values().flat_map(|text| File::parse(Vec::new(), text).defines.into_iter()).collect();
    let mut complaints = Vec::new();
    for (line, text) in text.lines().enumerate() {
        for name in text.split('`').skip(1).step_by(2) {
            let is_test =
                name.matches('_').count() > 2 && name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
            let folders = ["src/", "tests/", "examples/", "benches/", "fuzz/", ".ci/"];
            let is_path = folders.iter().any(|folder| name.starts_with(folder)) && !name.contains(' ');
            if (is_test && !defined.contains(name)) || (is_path && !exists(name)) {
                complaints.push(format!("README.md:{}: there is no {name}", line + 1));
            }
        }
    }
    complaints
}

/// One complaint for each group of files that use each other in a ring, with the shortest ring of the group.
fn cycles(tree: &Tree) -> Vec<String> {
    let edges = tree.edges();
    let mut seen = BTreeSet::new();
    let mut complaints = Vec::new();
    for start in edges.keys() {
        if seen.contains(start) {
            continue;
        }
        if let Some(ring) = ring_through(&edges, start) {
            let steps = ring.iter().map(|(file, line)| format!("{file}:{line}")).collect::<Vec<_>>();
            complaints.push(format!("a ring: {} -> {start}", steps.join(" -> ")));
            seen.extend(ring.into_iter().map(|(file, _)| file));
        }
    }
    complaints
}

/// The shortest way from a file back to itself: each file on it, and the line that leads to the next.
fn ring_through(edges: &Edges, start: &str) -> Option<Vec<(String, usize)>> {
    let mut came_from: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for (next, line) in edges.get(file).into_iter().flatten() {
            if next == start {
                let mut ring = vec![(file.to_owned(), *line)];
                let mut at = file;
                while at != start {
                    let (before, line) = came_from[at];
                    ring.push((before.to_owned(), line));
                    at = before;
                }
                ring.reverse();
                return Some(ring);
            }
            if !came_from.contains_key(next.as_str()) {
                came_from.insert(next, (file, *line));
                queue.push_back(next);
            }
        }
    }
    None
}

// The source tree.

/// From each file to each file that it uses, with the first line that does.
type Edges = BTreeMap<String, BTreeMap<String, usize>>;

struct Tree {
    files: BTreeMap<String, String>,
    parsed: BTreeMap<String, File>,
    /// The file of each module, by its path from the crate's root.
    modules: BTreeMap<Vec<String>, String>,
}

impl Tree {
    fn of_the_crate() -> Self {
        let mut files = BTreeMap::new();
        read("src", &mut files);
        assert!(files.len() > 20, "the source tree was not found");
        Self::new(files)
    }

    fn new(files: BTreeMap<String, String>) -> Self {
        let parsed: BTreeMap<String, File> =
            files.iter().map(|(name, text)| (name.clone(), File::parse(module_of(name), text))).collect();
        let modules = parsed.iter().map(|(name, file)| (file.module.clone(), name.clone())).collect();
        let mut tree = Self { files, parsed, modules };
        let tests: Vec<Vec<String>> = tree.parsed.values().flat_map(|file| file.test_children.clone()).collect();
        for module in tests {
            if let Some(file) = tree.modules.get(&module).and_then(|name| tree.parsed.get_mut(name)) {
                file.is_test = true;
            }
        }
        tree
    }

    fn library(&self) -> impl Iterator<Item = (&String, &File)> {
        self.parsed.iter().filter(|(name, _)| !name.starts_with("src/bin/"))
    }

    fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for (name, file) in self.parsed.iter().filter(|(_, file)| !file.is_test) {
            let mut targets: BTreeMap<String, usize> = BTreeMap::new();
            for path in file.paths.iter().filter(|path| !path.is_test) {
                if path.passed_on.as_ref().is_some_and(|exported| !file.names(exported)) {
                    continue;
                }
                let target = file.absolute(path).and_then(|target| self.defining(&target, 0));
                if let Some(target) = target.filter(|target| target != name) {
                    targets.entry(target).or_insert(path.line);
                }
            }
            edges.insert(name.clone(), targets);
        }
        edges
    }

    /// The file that defines what an absolute path names; `None` where the text does not tell.
    fn defining(&self, target: &[String], depth: usize) -> Option<String> {
        let length = (0..=target.len()).rev().find(|length| self.modules.contains_key(&target[..*length]))?;
        let name = &self.modules[&target[..length]];
        let file = &self.parsed[name];
        let Some(item) = target.get(length) else {
            // A module itself: of a hub, the paths that go on through it tell more.
            return file.children.is_empty().then(|| name.clone());
        };
        if file.defines.contains(item) || depth > 8 {
            return Some(name.clone());
        }
        let imported = file.paths.iter().filter(|path| path.in_use);
        let mut globs = Vec::new();
        for path in imported {
            if path.name.as_ref() == Some(item) {
                let found = file.absolute(path).and_then(|further| self.defining(&further, depth + 1));
                return found;
            }
            if path.segments.last().is_some_and(|last| last == "*") {
                globs.extend(file.absolute(path));
            }
        }
        for mut glob in globs {
            glob.pop();
            glob.push(item.clone());
            if let Some(found) = self.defining(&glob, depth + 1).filter(|found| found != name) {
                return Some(found);
            }
        }
        file.children.is_empty().then(|| name.clone())
    }
}

fn read(folder: &str, files: &mut BTreeMap<String, String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(entries) = fs::read_dir(root.join(folder)) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            // What was built from a crate of its own below the folder.
            if !name.ends_with("/target") {
                read(&name, files);
            }
        } else if name.ends_with(".rs") {
            files.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

/// A file's module path from its crate's root. Files of a binary stand under a name that no module has.
fn module_of(name: &str) -> Vec<String> {
    let path = name.trim_start_matches("src/").trim_end_matches(".rs");
    let mut module: Vec<String> = path.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        module.pop();
    }
    if module.first().is_some_and(|first| first == "bin") {
        let binary = module.drain(..module.len().min(2)).collect::<Vec<_>>().join("/");
        module.insert(0, binary);
    }
    module
}

// One file.

struct File {
    module: Vec<String>,
    tokens: Vec<Token>,
    paths: Vec<Used>,
    /// Names of the module files declared here.
    children: BTreeSet<String>,
    test_children: Vec<Vec<String>>,
    defines: BTreeSet<String>,
    is_test: bool,
}

#[derive(Clone, Debug)]
struct Token {
    text: String,
    line: usize,
    is_test: bool,
    in_use: bool,
}

/// A path, as written.
#[derive(Clone, Debug)]
struct Used {
    segments: Vec<String>,
    line: usize,
    /// The inline modules that it stands in.
    within: Vec<String>,
    in_use: bool,
    is_test: bool,
    /// What a `use` calls it here.
    name: Option<String>,
    /// The same, if it is a `pub use`.
    passed_on: Option<String>,
}

impl File {
    fn parse(module: Vec<String>, text: &str) -> Self {
        let mut tokens = tokens(&blanked(text));
        mark_tests(&mut tokens);
        let mut file = Self {
            module,
            tokens: Vec::new(),
            paths: Vec::new(),
            children: BTreeSet::new(),
            test_children: Vec::new(),
            defines: BTreeSet::new(),
            is_test: false,
        };
        file.walk(&mut tokens);
        file.tokens = tokens;
        file
    }

    /// Goes through the tokens once and notes modules, definitions and paths.
    fn walk(&mut self, tokens: &mut [Token]) {
        let mut within: Vec<(String, usize)> = Vec::new();
        let mut depth = 0;
        let mut at = 0;
        while at < tokens.len() {
            let text = tokens[at].text.clone();
            let following = |ahead: usize| tokens.get(at + ahead).map(|token| token.text.as_str()).unwrap_or_default();
            match text.as_str() {
                "{" => depth += 1,
                "}" => {
                    depth -= usize::from(depth > 0);
                    within.retain(|(_, opened_at)| *opened_at < depth);
                }
                "mod" if following(2) == "{" => within.push((following(1).to_owned(), depth)),
                "mod" if following(2) == ";" => {
                    let child = following(1).to_owned();
                    if tokens[at].is_test {
                        let test = self.module.iter().chain([&child]).cloned().collect();
                        self.test_children.push(test);
                    }
                    self.children.insert(child);
                }
                "struct" | "enum" | "fn" | "const" | "static" | "trait" | "type" | "union" => {
                    self.defines.insert(following(1).to_owned());
                }
                "macro_rules" => {
                    self.defines.insert(following(2).to_owned());
                }
                "use" => {
                    let end = (at..tokens.len()).find(|end| tokens[*end].text == ";").unwrap_or(tokens.len());
                    let public = at > 0 && matches!(tokens[at - 1].text.as_str(), "pub" | ")");
                    let mut found = Vec::new();
                    let start = if following(1) == ":" { at + 3 } else { at + 1 };
                    if following(1) != ":" {
                        use_tree(&tokens[start..end], &mut 0, &[], &mut found);
                    }
                    let scope: Vec<String> = within.iter().map(|(name, _)| name.clone()).collect();
                    for (segments, name, line) in found {
                        self.paths.push(Used {
                            segments,
                            line,
                            within: scope.clone(),
                            in_use: true,
                            is_test: tokens[at].is_test,
                            passed_on: name.clone().filter(|_| public),
                            name,
                        });
                    }
                    tokens[at..end].iter_mut().for_each(|token| token.in_use = true);
                    at = end;
                    continue;
                }
                _ if is_word(&text) => {
                    let mut segments = vec![text];
                    let mut end = at + 1;
                    while let [first, second, word, ..] = &tokens[end..]
                        && first.text == ":"
                        && second.text == ":"
                        && is_word(&word.text)
                    {
                        segments.push(word.text.clone());
                        end += 3;
                    }
                    let before = at.checked_sub(1).map(|before| tokens[before].text.as_str()).unwrap_or_default();
                    if segments.len() > 1 && !matches!(before, ":" | ".") {
                        self.paths.push(Used {
                            segments,
                            line: tokens[at].line,
                            within: within.iter().map(|(name, _)| name.clone()).collect(),
                            in_use: false,
                            is_test: tokens[at].is_test,
                            name: None,
                            passed_on: None,
                        });
                    }
                    at = end;
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// A path from the crate's root; `None` for what is not of this crate.
    fn absolute(&self, path: &Used) -> Option<Vec<String>> {
        self.resolve(&path.segments, &path.within, path.in_use, 0)
    }

    fn resolve(&self, segments: &[String], within: &[String], in_use: bool, depth: usize) -> Option<Vec<String>> {
        let mut here: Vec<String> = self.module.iter().chain(within).cloned().collect();
        let (first, mut rest) = segments.split_first()?;
        match first.as_str() {
            // In a binary, the crate is the binary.
            "crate" => {
                let binary = self.module.first().filter(|first| first.starts_with("bin/"));
                Some(binary.into_iter().chain(rest).cloned().collect())
            }
            "self" => Some([here.as_slice(), rest].concat()),
            "super" => {
                here.pop();
                while let Some((next, further)) = rest.split_first()
                    && next == "super"
                {
                    here.pop();
                    rest = further;
                }
                Some([here.as_slice(), rest].concat())
            }
            child if within.is_empty() && self.children.contains(child) => Some([here.as_slice(), segments].concat()),
            // Outside of `use`, a name that the file has imported stands for what was imported.
            name if !in_use && depth == 0 => {
                let import = self.paths.iter().find(|path| path.in_use && path.name.as_deref() == Some(name))?;
                let target = self.resolve(&import.segments, &import.within, true, 1)?;
                Some([target.as_slice(), rest].concat())
            }
            _ => None,
        }
    }

    /// Whether the file's own code, tests and `use` lines apart, has the word.
    fn names(&self, word: &str) -> bool {
        self.tokens.iter().any(|token| token.text == word && !token.is_test && !token.in_use)
    }

    fn words_that(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<(usize, &str)> {
        let wanted = self.tokens.iter().filter(|token| is_wanted(&token.text));
        wanted.map(|token| (token.line, token.text.as_str())).collect()
    }
}

/// Every path of a `use`, groups taken apart: its segments, what it is called here, and its line.
fn use_tree(
    tokens: &[Token],
    at: &mut usize,
    prefix: &[String],
    found: &mut Vec<(Vec<String>, Option<String>, usize)>,
) {
    let mut segments = prefix.to_vec();
    let line = tokens.get(*at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(*at) {
        match token.text.as_str() {
            ":" | "$" => *at += 1,
            "{" => {
                *at += 1;
                while tokens.get(*at).is_some_and(|token| token.text != "}") {
                    use_tree(tokens, at, &segments, found);
                    *at += usize::from(tokens.get(*at).is_some_and(|token| token.text == ","));
                }
                *at += 1;
                return;
            }
            "," | "}" => break,
            "as" => {
                let name = tokens.get(*at + 1).map(|token| token.text.clone());
                *at += 2;
                found.push((segments, name, line));
                return;
            }
            // `a::b::{self}` is `a::b`.
            "self" if !segments.is_empty() => *at += 1,
            word => {
                segments.push(word.to_owned());
                *at += 1;
            }
        }
    }
    let name = segments.last().filter(|last| *last != "*").cloned();
    found.push((segments, name, line));
}

/// Marks the items that stand under `#[cfg(test)]`, to their ends.
fn mark_tests(tokens: &mut [Token]) {
    let texts: Vec<String> = tokens.iter().map(|token| token.text.clone()).collect();
    let mut at = 0;
    while at + 5 < texts.len() {
        let attribute: Vec<&str> = texts[at..].iter().take(6).map(String::as_str).collect();
        if !matches!(attribute.as_slice(), ["#", "[", "cfg", "(", "test", ")"] | ["#", "[", "cfg", "(", "all", "("]) {
            at += 1;
            continue;
        }
        let is_test = attribute[4] == "test" || texts[at + 6] == "test";
        let is_use = texts[at..].iter().skip(7).take(4).any(|text| text == "use");
        let mut depth = 0i32;
        let mut end = at;
        while end < texts.len() {
            match texts[end].as_str() {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth -= 1,
                _ => {}
            }
            let closed = depth == 0 && (texts[end] == ";" || (texts[end] == "}" && !is_use));
            end += 1;
            if closed || depth < 0 {
                break;
            }
        }
        if is_test {
            tokens[at..end].iter_mut().for_each(|token| token.is_test = true);
        }
        at += 1;
    }
}

// The text.

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn is_float(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('.')
}

/// Words, numbers and single marks, with their lines.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (line, text) in text.lines().enumerate() {
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        while at < chars.len() {
            let start = at;
            let in_word = |c: char| c.is_alphanumeric() || c == '_';
            if in_word(chars[at]) {
                // After a point stands a field of a tuple, not a number.
                let field = start > 0 && chars[start - 1] == '.';
                let number = chars[at].is_ascii_digit() && !field;
                while at < chars.len() && in_word(chars[at]) {
                    at += 1;
                    let digits = at + 1 < chars.len() && chars[at] == '.' && chars[at + 1].is_ascii_digit();
                    at += usize::from(number && digits);
                }
            } else {
                at += 1;
            }
            if !chars[start].is_whitespace() {
                let text = chars[start..at].iter().collect();
                tokens.push(Token { text, line: line + 1, is_test: false, in_use: false });
            }
        }
    }
    tokens
}

/// The text with comments, strings and characters blanked out; the lines stay.
fn blanked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = chars.clone();
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => (at..chars.len()).find(|end| chars[*end] == '\n').unwrap_or(chars.len()),
            ('/', Some('*')) => comment_end(&chars, at),
            ('r', Some('"' | '#')) if !follows_word(&chars, at) => raw_end(&chars, at),
            ('"', _) => quoted_end(&chars, at, '"'),
            ('\'', Some('\\')) => quoted_end(&chars, at, '\''),
            ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
            _ => at,
        };
        for place in out.iter_mut().take(end).skip(at).filter(|place| **place != '\n') {
            *place = ' ';
        }
        at = end.max(at + 1);
    }
    out.into_iter().collect()
}

/// Whether the letter at `at` belongs to a word that began before it; `b` and `c` may stand before a raw string.
fn follows_word(chars: &[char], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|at| chars.get(at)).copied().unwrap_or(' ');
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    in_word(before(1)) && (!matches!(before(1), 'b' | 'c') || in_word(before(2)))
}

fn comment_end(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn raw_end(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(start + 1 + hashes) != Some(&'"') {
        return start;
    }
    let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = start + hashes + 2;
    let end = (body..chars.len()).find(|at| chars[*at..].starts_with(&closing));
    end.map_or(chars.len(), |end| end + closing.len())
}

fn quoted_end(chars: &[char], start: usize, mark: char) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != mark {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

mod on_bad_samples {
    //! The checker finds what it is for, and nothing in what is allowed.

    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        Tree::new(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn a_forbidden_layer_is_named_with_file_and_line() {
        for (text, line) in [
            ("//! Bad.\nuse crate::store::Batch;\n", 2),
            ("//! Bad.\n\nuse crate::{\n    model::Side,\n    store::{Batch, Table},\n};\n", 5),
            ("//! Bad.\nfn bad() -> crate::store::Batch {}\n", 2),
            ("//! Bad.\nuse super::super::store as there;\n", 2),
            ("//! Bad.\nmacro_rules! bad { () => { $crate::store::Batch } }\n", 2),
            ("//! Bad.\n#[cfg(test)]\nmod tests {\n    use crate::store::Batch;\n}\n", 4),
        ] {
            let complaints = forbidden_layers(&tree(&[("src/rules/bad.rs", text)]));
            assert_eq!(complaints, [format!("src/rules/bad.rs:{line}: rules may not use store")], "{text}");
        }
    }

    #[test]
    fn what_the_table_allows_passes() {
        let text = "//! Good: see `crate::store`.\nuse crate::model::Side; // not crate::store\nuse crate::money::Money;\n\
                    const A: &str = \"crate::store\";\nconst B: &str = r#\"use crate::store\"#;\nuse super::decide;\n";
        assert_eq!(forbidden_layers(&tree(&[("src/rules/good.rs", text)])), [""; 0]);
    }

    #[test]
    fn a_path_by_the_root_is_no_way_around() {
        let complaints = forbidden_layers(&tree(&[("src/model/bad.rs", "//! Bad.\nuse crate::Ledger;\n")]));
        assert_eq!(complaints, ["src/model/bad.rs:2: model names the crate's root, not a layer"]);
    }

    #[test]
    fn a_folder_must_be_in_the_table() {
        let complaints = forbidden_layers(&tree(&[("src/utils/mod.rs", "//! Bad.\n")]));
        assert_eq!(complaints, ["src/utils/mod.rs: src/utils is not in the table of layers"]);
    }

    #[test]
    fn hidden_text_is_refused() {
        for text in ["//! Bad.\ninclude!(\"x\");\n", "//! Bad.\n#[path = \"x\"] mod x;\n"] {
            assert_eq!(forbidden_layers(&tree(&[("src/model/bad.rs", text)])).len(), 1, "{text}");
        }
        let fine = "//! Good.\nfn path(path: &str) { open(path) }\n";
        assert_eq!(forbidden_layers(&tree(&[("src/model/good.rs", fine)])), [""; 0]);
    }

    #[test]
    fn impure_names_are_found_in_pure_layers_only() {
        for text in [
            "use std::time::Duration;",
            "use std::{collections::BTreeMap, fs};",
            "fn bad() { std::thread::yield_now() }",
            "fn bad() -> SystemTime {}",
            "use parking_lot as p;",
            "use std::collections::{BTreeMap, HashMap};",
            "fn bad(rate: f64) {}",
            "const BAD: u8 = 1.5 as u8;",
            "static BAD: AtomicU64 = AtomicU64::new(0);",
        ] {
            let text = format!("//! Bad.\n{text}\n");
            let found = impurities(&tree(&[("src/rules/bad.rs", &text)]));
            assert!(!found.is_empty() && found.iter().all(|one| one.starts_with("src/rules/bad.rs:2: ")), "{text}");
            assert_eq!(impurities(&tree(&[("src/store/good.rs", &text)])), [""; 0]);
        }
        let fine =
            "//! No SystemTime.\nfn good(pair: ((u8, u8), u8)) { pair.0.1; for _ in 0..5 {} \"1.5 f64\"; 'x'; }\n";
        assert_eq!(impurities(&tree(&[("src/rules/good.rs", fine)])), [""; 0]);
    }

    #[test]
    fn a_file_without_a_header_is_named() {
        let files = [("src/a.rs", "//! Good.\n"), ("src/b.rs", "// Bad.\n//! Late.\n"), ("src/c.rs", "")];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        assert_eq!(headless(&files), ["src/b.rs:1: no //! header", "src/c.rs:1: no //! header"]);
    }

    #[test]
    fn a_test_or_file_that_is_not_there_is_named() {
        let files =
            [("tests/a.rs".to_owned(), "fn sums_stop_at_the_ends() {}\n// fn sums_stop_at_the_start\n".to_owned())];
        let text =
            "`sums_stop_at_the_ends` in `tests/a.rs` is `right`\n`sums_stop_at_the_start` in `tests/b.rs` is not";
        let complaints = misnamed(text, &files.into(), |path| path == "tests/a.rs");
        assert_eq!(
            complaints,
            ["README.md:2: there is no sums_stop_at_the_start", "README.md:2: there is no tests/b.rs"]
        );
    }

    const HUB: (&str, &str) =
        ("src/model/mod.rs", "//! Hub.\nmod a;\nmod b;\npub use a::{A, More};\npub use b::B;\npub struct Own;\n");

    #[test]
    fn a_ring_by_way_of_the_hub_is_found() {
        let a = ("src/model/a.rs", "//! A.\n\nuse super::B;\npub struct A(B);\n");
        let b = ("src/model/b.rs", "//! B.\npub struct B;\nfn back() -> super::A {}\n");
        let complaints = cycles(&tree(&[HUB, a, b]));
        assert_eq!(complaints, ["a ring: src/model/a.rs:3 -> src/model/b.rs:3 -> src/model/a.rs"]);
    }

    #[test]
    fn rings_are_found_however_they_are_written() {
        for back in ["use super::a::A;", "use crate::model::a;", "use crate::model::{Own, More};", "use super::a as x;"]
        {
            let a = ("src/model/a.rs", "//! A.\nuse super::b;\npub struct A;\npub struct More;\n");
            let b = format!("//! B.\n{back}\npub struct B;\n");
            assert_eq!(cycles(&tree(&[HUB, a, ("src/model/b.rs", &b)])).len(), 1, "{back}");
        }
    }

    #[test]
    fn a_hub_that_uses_what_it_passes_on_can_close_a_ring() {
        let child = ("src/ledger/child.rs", "//! Child.\nuse super::Own;\npub struct Child(Own);\n");
        let passing = ("src/ledger/mod.rs", "//! Hub.\nmod child;\npub use child::Child;\npub struct Own;\n");
        assert_eq!(cycles(&tree(&[passing, child])), [""; 0]);
        for using in ["fn make() -> Child {}", "fn make() { child::make() }"] {
            let text = format!("{}{using}\n", passing.1);
            assert_eq!(cycles(&tree(&[(passing.0, &text), child])).len(), 1, "{using}");
        }
    }

    #[test]
    fn a_line_is_not_a_ring_and_tests_may_look_back() {
        let a = ("src/model/a.rs", "//! A.\nuse super::{B, Own};\npub struct A(B);\npub struct More(Own);\n");
        let b = "//! B.\npub struct B;\n#[cfg(test)]\nmod tests {\n    use super::super::A;\n    use super::*;\n}\n";
        assert_eq!(cycles(&tree(&[HUB, a, ("src/model/b.rs", b)])), [""; 0]);
    }
}
