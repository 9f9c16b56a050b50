//! `explain`: what a code means, and what to do about it.

use std::fmt;

use pacioli::{Error, Explanation, Rejection};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Align, Facts, Table};

/// What stands for the exit code in its name.
const EXIT: &str = "exit code ";

/// The exit codes of this program: code, meaning, what to do.
pub(crate) const EXIT_CODES: [(u8, &str, &str); 4] = [
    (0, "Done.", "Nothing."),
    (
        1,
        "The ledger says no: there is no such account, a book does not balance, verifying found something, two ledgers \
         differ, a line of a dump or an import is not right.",
        "Read the message; where it names a code, explain that.",
    ),
    (2, "The command line is wrong.", "See the command's --help."),
    (
        3,
        "The file cannot be opened, read or written.",
        "Read the message: the path, the permission, the disk, or damage.",
    ),
];

/// Explains a code: what it means, which figures it carries, what to do about it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A code is the number of a rejection, the name of a rejection or of another error, or one of this program's exit codes,
0 to 3. Without one, all are listed.

Examples:
  pacioli explain 201
  pacioli explain InsufficientFunds
  pacioli explain outcome-unknown
  pacioli explain --json")]
pub(crate) struct Explain {
    /// The code, or a name.
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Explanations, and whether one was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct Explained {
    explanations: Vec<Told>,
    #[serde(skip)]
    one: bool,
}

/// One explanation, in words of its own.
#[derive(Debug, Serialize)]
struct Told {
    code: Option<u16>,
    name: String,
    meaning: String,
    figures: Vec<Figure>,
    remedy: String,
    transient: bool,
}

#[derive(Debug, Serialize)]
struct Figure {
    name: &'static str,
    meaning: String,
}

/// What docs say, without the marks of links and code.
fn plain(text: &str) -> String {
    text.replace(['`', '[', ']'], "")
}

impl From<Explanation> for Told {
    fn from(explained: Explanation) -> Self {
        let figures = explained.figures.iter().map(|(name, meaning)| Figure { name, meaning: plain(meaning) });
        Self {
            code: explained.code,
            name: explained.name.to_owned(),
            meaning: plain(explained.meaning),
            figures: figures.collect(),
            remedy: explained.remedy.to_owned(),
            transient: explained.transient,
        }
    }
}

fn all() -> impl Iterator<Item = Told> {
    let exits = EXIT_CODES.into_iter().map(|(code, meaning, remedy)| Told {
        code: None,
        name: format!("{EXIT}{code}"),
        meaning: meaning.to_owned(),
        figures: Vec::new(),
        remedy: remedy.to_owned(),
        transient: false,
    });
    Rejection::explanations().chain(Error::explanations()).map(Told::from).chain(exits)
}

/// A name without what people leave out or put in: cases, marks, the enum before it.
fn bare(name: &str) -> String {
    let name = name.rsplit("::").next().unwrap_or(name);
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

impl Told {
    fn answers(&self, asked: &str) -> bool {
        match asked.parse::<u16>() {
            Ok(code) => self.code == Some(code) || self.name == format!("{EXIT}{code}"),
            Err(_) => bare(&self.name) == bare(asked),
        }
    }
}

impl Explain {
    pub(crate) fn run(&self) -> Result<Explained, Failure> {
        let Some(asked) = &self.code else { return Ok(Explained { explanations: all().collect(), one: false }) };
        let explanations: Vec<Told> = all().filter(|told| told.answers(asked)).collect();
        if explanations.is_empty() {
            return Err(Failure::Found(format!("there is no code {asked:?}; `pacioli explain` lists all")));
        }
        Ok(Explained { explanations, one: true })
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.one {
            let left = |head| (head, Align::Left);
            let mut table = Table::new([("Code", Align::Right), left("Name"), left("What it means")]);
            for told in &self.explanations {
                let code = told.code.map(|code| code.to_string()).unwrap_or_default();
                table.row([code, told.name.clone(), told.meaning.clone()]);
            }
            return write!(f, "{table}");
        }
        for (place, told) in self.explanations.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            let code = told.code.map(|code| format!("{code} ")).unwrap_or_default();
            let mut facts = Facts::new().with("Code", format!("{code}{}", told.name)).with("Meaning", &told.meaning);
            for figure in &told.figures {
                facts = facts.with("Figure", format!("{}: {}", figure.name, figure.meaning));
            }
            let again = "The same command may succeed later without anybody changing it.";
            let facts = facts.with("What to do", &told.remedy).with("", if told.transient { again } else { "" });
            write!(f, "{facts}")?;
        }
        Ok(())
    }
}
