//! Any text as an import, in each form: it is refused by its line, or taken in; then the books balance, the ledger is
//! sound, and the same again changes nothing.

use std::io::Cursor;

use pacioli::prelude::*;
use pacioli::{Import, ImportForm};

const FORMS: [ImportForm; 4] = [ImportForm::Csv, ImportForm::JsonLines, ImportForm::Hledger, ImportForm::Beancount];

/// The first byte is the form, the rest is the text.
pub fn run(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    let form = FORMS[usize::from(*first) % FORMS.len()];
    let ledger = Ledger::in_memory().expect("memory does not fail");
    let import = || Import::into(&ledger).under("fuzz");
    let Ok(tried) = import().dry_run(form, Cursor::new(text)) else { return };
    let view = ledger.view().expect("the ledger is open");
    assert_eq!(view.sequence(), Sequence::ZERO, "trying out writes nothing");
    let Ok(report) = import().run(form, Cursor::new(text)) else { return };
    assert_eq!((tried.transactions, tried.rejections), (report.transactions, report.rejections));
    let end = ledger.view().expect("the ledger is open").sequence();
    if report.rejections > 0 {
        assert_eq!(end, Sequence::ZERO, "nothing is half done");
        return;
    }
    let again = import().run(form, Cursor::new(text)).expect("what was taken in is taken in again");
    assert_eq!(again.recorded, 0, "a second run changes nothing");
    let view = ledger.view().expect("the ledger is open");
    assert_eq!(view.sequence(), end);
    for book in view.books().expect("memory does not fail") {
        match view.trial_balance(book.id) {
            Ok(trial_balance) => assert!(trial_balance.is_balanced(), "{trial_balance}"),
            // Accounts may hold the most each, and so more than that together.
            Err(error) => assert!(matches!(error, Error::Money(_)), "{error}"),
        }
    }
    let proof = ledger.verify_all().expect("memory does not fail");
    assert_eq!(proof.finding, None);
}
