//! The handle that ledgers, views and nothing else hold: with the last of them, the ledger closes.

use std::sync::Arc;

use super::error::Error;
use super::sync::thread;
use super::writer::Shared;

/// Closes the ledger when the last handle is gone, although tickets may still hold what is shared.
pub(super) struct Handle(pub(super) Arc<Shared>);

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Err(error) = end(&self.0) {
            tracing::error!(%error, "closing the ledger failed");
        }
    }
}

/// Closes the ledger, ends its committer and lets go of the file.
pub(super) fn end(shared: &Shared) -> Result<(), Error> {
    let closed = shared.close();
    let committer = shared.committer.lock().take();
    if let Some(committer) = committer.filter(|committer| committer.thread().id() != thread::current().id()) {
        // The committer holds nothing that a panic could spoil.
        drop(committer.join());
    }
    shared.let_go()?;
    closed
}
