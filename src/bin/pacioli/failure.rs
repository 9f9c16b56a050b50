//! What can go wrong, and the exit code that says so to scripts.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use pacioli::money::MoneyError;
use pacioli::{BackupError, DumpError, Error, ExportError, ImportError, LoadError, Rejection};
use serde::Serialize;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line asks for what cannot be.
    Usage(String),
    /// The file cannot be opened.
    Open { path: PathBuf, error: Error },
    /// The ledger refused, or could not be read.
    Ledger(Error),
    /// The ledger has no book of that name.
    NoBook(String),
    /// The ledger has no client of that code.
    NoClient(String),
    /// The ledger was read, and something is wrong with it.
    Found(String),
    /// Something outside the ledger failed.
    Io { doing: String, error: std::io::Error },
    /// Whoever reads our output has gone; nothing is left to be done.
    Unread,
}

/// What a program is told of a failure.
#[derive(Serialize)]
struct Told<'a> {
    exit_code: u8,
    message: &'a str,
    /// The code of the rejection, if it is one.
    code: Option<u16>,
    /// The rejection with its figures.
    rejection: Option<&'a Rejection>,
}

impl Failure {
    /// Says on stderr what went wrong, as JSON or in words, and gives the exit code.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        let (code, text) = match self {
            Self::Usage(text) => (2, text.clone()),
            Self::Open { path, error } => (3, format!("{}: {}", path.display(), told(error))),
            Self::Ledger(error) => (code(error), explained(error)),
            Self::NoBook(name) => (1, format!("there is no book {name:?}")),
            Self::NoClient(code) => (1, format!("there is no client {code:?}")),
            Self::Found(what) => (1, what.clone()),
            Self::Io { doing, error } => (3, format!("{doing}: {error}")),
            Self::Unread => return ExitCode::SUCCESS,
        };
        let mut out = std::io::stderr();
        let written = if json {
            let rejection = self.rejection();
            let told = Told { exit_code: code, message: &text, code: rejection.map(Rejection::code), rejection };
            writeln!(out, "{}", serde_json::json!({ "error": told }))
        } else {
            writeln!(out, "error: {text}")
        };
        // Where stderr is closed there is nobody to tell.
        drop(written);
        ExitCode::from(code)
    }

    const fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Ledger(error) => error.rejection(),
            _ => None,
        }
    }
}

/// Whether it was the command line, the books or the file that would not do.
const fn code(error: &Error) -> u8 {
    match error {
        Error::Money(_) | Error::Time(_) | Error::Calendar { .. } | Error::InvalidCursor => 2,
        Error::Rejected(_) | Error::BeyondEnd { .. } => 1,
        _ => 3,
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ledger(error)
    }
}

impl From<MoneyError> for Failure {
    fn from(error: MoneyError) -> Self {
        Self::Ledger(error.into())
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Ledger(rejection.into())
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Ledger(error) => Self::Ledger(error),
            ExportError::Io(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Self::Unread,
            ExportError::Io(error) => Self::Io { doing: "writing to stdout".to_owned(), error },
            other => Self::Found(other.to_string()),
        }
    }
}

impl From<DumpError> for Failure {
    fn from(error: DumpError) -> Self {
        match error {
            DumpError::Ledger(error) => Self::Ledger(error),
            DumpError::Io(error) => ExportError::Io(error).into(),
            other => Self::Found(other.to_string()),
        }
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Ledger(error) => Self::Ledger(error),
            ImportError::Io(error) => Self::Io { doing: "reading the input".to_owned(), error },
            other => Self::Found(other.to_string()),
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Ledger(error) => Self::Ledger(error),
            other => Self::Found(other.to_string()),
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Ledger(error) => Self::Ledger(error),
            LoadError::Io(error) => Self::Io { doing: "reading the dump".to_owned(), error },
            other => Self::Found(other.to_string()),
        }
    }
}

/// An error, and where a rejection is explained.
fn explained(error: &Error) -> String {
    let text = told(error);
    match error.rejection() {
        Some(rejection) => format!("{text} (see: pacioli explain {})", rejection.code()),
        None => text,
    }
}

/// An error with its causes, as far as the message does not tell them already.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
