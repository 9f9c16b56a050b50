//! Where a measured ledger is.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Where a measured ledger is; one that nobody asked to keep is removed at the end.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    kept: bool,
}

impl Place {
    /// The file at `file`, or one in the current directory that is not kept.
    pub(crate) fn of(file: Option<&Path>) -> Self {
        match file {
            Some(path) => Self { path: path.to_owned(), kept: true },
            // Not the system's directory for temporary files, which may be memory.
            None => Self { path: format!("pacioli-bench-{}.redb", std::process::id()).into(), kept: false },
        }
    }

    /// The path of another file beside it.
    pub(crate) fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".");
        path.push(ending);
        path.into()
    }

    /// The file's length in bytes; 0 where there is none.
    pub(crate) fn length(&self) -> Result<u64, Failure> {
        match std::fs::metadata(&self.path) {
            Ok(found) => Ok(found.len()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(Failure::Io { doing: format!("looking at {}", self.path.display()), error }),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.kept {
            // A ledger in memory has no file.
            drop(std::fs::remove_file(&self.path));
        }
    }
}
