//! How a store's file comes into being, and what is refused before redb may touch it.
//!
//! redb does not create files crash-safely, so a file grows up under a temporary name and gets its own at the end.

use super::super::StoreError;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// How the temporary names of unfinished files end.
const UNFINISHED: &str = ".unfinished";

/// The length of the regular, non-empty file at `path`, in bytes.
pub(super) fn usable_length(path: &Path) -> Result<u64, StoreError> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        return Err(unusable("not a regular file"));
    }
    if found.len() == 0 {
        return Err(unusable("the file is empty"));
    }
    Ok(found.len())
}

/// Refuses a path where something is already, be it a link that leads nowhere.
pub(super) fn refuse_taken(path: &Path) -> Result<(), StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(unusable("the path is a symbolic link")),
        Ok(_) => {
            remove_second_name(path);
            Err(StoreError::Io(Error::from(ErrorKind::AlreadyExists)))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Removes the second name of the file at `path`, which whoever made it has left if it died just after giving it the first.
///
/// The file is not locked to find out, as it is by [`remove_stale`]: it is finished, and somebody may be opening it.
#[cfg(unix)]
pub(super) fn remove_second_name(path: &Path) {
    let links = fs::metadata(path).map_or(1, |found| std::os::unix::fs::MetadataExt::nlink(&found));
    if links < 2 {
        return;
    }
    // What cannot be looked at or removed now stays for another time: it is a name too many, and no harm.
    if let (Ok(file), Ok(others)) = (identity(path), temporaries(path)) {
        for other in others {
            if identity(&other).is_ok_and(|other| other == file) {
                let _ = fs::remove_file(&other);
            }
        }
    }
}

// Elsewhere nobody says how many names a file has: what is left stays until the next creation under its name.
#[cfg(not(unix))]
pub(super) fn remove_second_name(_: &Path) {}

/// A file under a temporary name, in the directory where it will stay; dropped unfinished, it is removed.
pub(super) struct Unfinished {
    temporary: PathBuf,
    target: PathBuf,
    finished: bool,
}

impl Unfinished {
    /// An empty file that only its owner may read and write, to become `target`.
    pub(super) fn start(target: &Path) -> Result<Self, StoreError> {
        let name = target.file_name().ok_or_else(|| Error::from(ErrorKind::InvalidInput))?;
        remove_stale(target)?;
        let temporary = directory_of(target).join(temporary_name(name));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&temporary)?;
        Ok(Self { temporary, target: target.to_owned(), finished: false })
    }

    /// Where the file is until it is finished.
    pub(super) fn path(&self) -> &Path {
        &self.temporary
    }

    /// Gives the file its name, unless something has taken it meanwhile, and makes both durable.
    pub(super) fn finish(mut self) -> Result<(), StoreError> {
        OpenOptions::new().read(true).write(true).open(&self.temporary).map_err(swept)?.sync_all()?;
        match fs::hard_link(&self.temporary, &self.target) {
            // A crash before the removal leaves two names of one file; the next creation sweeps the odd one up.
            Ok(()) => match fs::remove_file(&self.temporary) {
                // Another creation at this path has removed the odd name already.
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            },
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(error.into()),
            Err(_) => {
                // No hard links here. Renaming overwrites, so this look before it is as good as it gets.
                refuse_taken(&self.target)?;
                fs::rename(&self.temporary, &self.target).map_err(swept)?;
            }
        }
        self.finished = true;
        sync_directory(directory_of(&self.target))
    }

    /// Puts the file in the place of the one that has its name, with that one's owner and permissions, and makes it
    /// durable. At every moment one of the two has the name, whole.
    pub(super) fn replace(mut self) -> Result<(), StoreError> {
        let before = fs::metadata(&self.target)?;
        let file = OpenOptions::new().read(true).write(true).open(&self.temporary).map_err(swept)?;
        keep_owner(&file, &before)?;
        file.set_permissions(before.permissions())?;
        file.sync_all()?;
        fs::rename(&self.temporary, &self.target).map_err(swept)?;
        self.finished = true;
        sync_directory(directory_of(&self.target))
    }
}

/// Gives the file to who has the other one, so that who could open that one still can.
#[cfg(unix)]
fn keep_owner(file: &File, before: &fs::Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (before.uid(), before.gid()) {
        return Ok(());
    }
    Ok(fchown(file, Some(before.uid()), Some(before.gid()))?)
}

// Elsewhere a new file has the permissions of its directory.
#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) -> Result<(), StoreError> {
    Ok(())
}

/// Which file has the name now: its device and its number there.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Result<(u64, u64), StoreError> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

// Elsewhere an open file keeps its name.
#[cfg(not(unix))]
pub(super) fn identity(_: &Path) -> Result<(u64, u64), StoreError> {
    Ok((0, 0))
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.finished {
            // What stays behind is swept up by the next creation.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// A file that is gone before it has its name was taken for a dead creation's by another that is under way at the same
/// path: between the engine's letting go of it and this, nobody holds its lock.
pub(super) fn swept(error: Error) -> Error {
    if error.kind() == ErrorKind::NotFound { Error::from(ErrorKind::AlreadyExists) } else { error }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn temporary_prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    prefix
}

fn temporary_name(name: &OsStr) -> OsString {
    static STARTED: AtomicU64 = AtomicU64::new(0);
    let mut temporary = temporary_prefix(name);
    // Unique among live processes; a name left by a dead one with this number is stale and was removed just before.
    temporary.push(format!("{}-{}{UNFINISHED}", std::process::id(), STARTED.fetch_add(1, Ordering::Relaxed)));
    temporary
}

/// Removes what creations of the same file have left that did not live to finish.
fn remove_stale(target: &Path) -> Result<(), StoreError> {
    for temporary in temporaries(target)? {
        // A creation that is still running holds the engine's lock.
        let stale = File::open(&temporary).is_ok_and(|file| file.try_lock().is_ok());
        if stale {
            // It may be gone: another creation sweeps too.
            let _ = fs::remove_file(&temporary);
        }
    }
    Ok(())
}

/// The files beside `target` that have a temporary name of it.
fn temporaries(target: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let Some(name) = target.file_name() else { return Ok(Vec::new()) };
    let (directory, prefix) = (directory_of(target), temporary_prefix(name));
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if is_temporary(&entry.file_name(), &prefix) && entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Whether the name is the prefix, two numbers joined by a dash, and [`UNFINISHED`].
fn is_temporary(name: &OsStr, prefix: &OsStr) -> bool {
    let numbers = name
        .as_encoded_bytes()
        .strip_prefix(prefix.as_encoded_bytes())
        .and_then(|rest| rest.strip_suffix(UNFINISHED.as_bytes()));
    numbers.is_some_and(|numbers| {
        let mut parts = numbers.split(|byte| *byte == b'-');
        let digits =
            |part: Option<&[u8]>| part.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit));
        digits(parts.next()) && digits(parts.next()) && parts.next().is_none()
    })
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> Result<(), StoreError> {
    Ok(File::open(directory)?.sync_all()?)
}

// Elsewhere a directory cannot be opened as a file; the file system orders names by itself.
#[cfg(not(unix))]
fn sync_directory(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

pub(super) fn unusable(reason: &str) -> StoreError {
    StoreError::Unusable { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creation_that_another_swept_up_says_that_the_path_is_taken() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("books.redb");
        let first = Unfinished::start(&path).unwrap();
        // The first is not locked now, as when the engine has let go of it.
        let second = Unfinished::start(&path).unwrap();
        let Err(StoreError::Io(error)) = first.finish() else { panic!("the first has its name") };
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        second.finish().unwrap();
        assert!(path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn second_name_goes_without_a_lock_and_no_other_does() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("books.redb");
        let first = Unfinished::start(&path).unwrap();
        let dead = first.path().to_owned();
        first.finish().unwrap();
        let growing = Unfinished::start(&path).unwrap();
        fs::hard_link(&path, &dead).unwrap();
        // Somebody has the ledger open; nobody may find it locked by who only tidies up.
        let open = File::open(&path).unwrap();
        open.lock().unwrap();
        assert!(refuse_taken(&path).is_err());
        assert!(path.exists() && growing.path().exists() && !dead.exists());
    }
}
