//! What to do about each rejection: the second half of what [`Rejection::explanations`](super::Rejection) tells.
//!
//! The first half, what it means and which figures it carries, are the docs of the variants themselves.

/// What to do, by the codes for which that is so. Every code stands here once.
pub(super) const REMEDIES: &[(&[u16], &str)] = &[
    // The command itself.
    (&[100], "Give the command a key that names the business event, such as an order number; a retry uses it again."),
    (&[101], "Fill the text in."),
    (&[102], "Shorten the text; bytes are counted, of which letters beyond ASCII take several."),
    (&[103], "Give fewer, or split the command into several with keys of their own."),
    (&[104], "Use 3 to 32 capital letters, digits and underscores."),
    (&[105], "Give one reference of each kind; put the others under kinds of their own."),
    // The service, and the key.
    (&[110], "Name the service that the operation runs under; `post` is for movements under none."),
    (
        &[111, 120, 123, 150, 230, 300, 320, 330, 340, 342, 370, 381, 267, 270],
        "Look the identifier up: it may be of another ledger, or from a command that was never carried out.",
    ),
    (&[112], "Look the entry up by its key or reference; a view shows none that were recorded after it."),
    (
        &[113],
        "If this is a retry, send the first command again unchanged. If it is something new, give it a key of its own. \
         The entry named shows what has the key.",
    ),
    // Books and clients.
    (&[121], "Use the book that has the name, or another name. Give openings a key, so that a retry is a replay."),
    (&[122], "Ask for fewer fraction digits."),
    (&[124], "Make the client active again, if it may do business, and retry."),
    (&[125], "Choose another code, or leave it out and have one generated."),
    (&[126], "Post to the account or block a side of it; its names, status and limits stay."),
    // Opening accounts.
    (&[130], "Use a built-in type, or define the type first."),
    (&[131], "Use the type as it is, or define one under another code."),
    (&[132], "Have the operator open it, or choose a type that clients may have."),
    (&[133], "Use the account named: there is one of this type for each client and book."),
    (
        &[134],
        "Close an account that is not needed, or raise the quota of the book, of the client, or of the client there.",
    ),
    (&[135], "Use the account named, if it is the one that was meant; else choose another identifier."),
    (&[136], "Correct the floor and the overdraft as the reason says."),
    // Defining services.
    (&[140], "Change the service named instead of defining another, or use another product code."),
    (&[141], "Correct the tariff as the reason says."),
    (&[142], "Make the service active again, or use another, and retry."),
    (&[143], "Use a service that allows the operation, or change what this one allows."),
    // Accounts of a movement.
    (&[151], "Name two different accounts."),
    (&[152], "Use a service of the account's client."),
    (&[153], "Use a service that crosses between clients, if this may be paid at all."),
    (&[154], "Give the sum in the account's currency, or exchange it first."),
    (&[155], "Use accounts of one book; between books, exchange."),
    (&[156], "Use another account: what is closed stays closed."),
    (&[157], "Make the account active again, if business on it may go on, and retry."),
    (&[158], "Move what is left to another account first."),
    (&[159], "Settle what relies on it first: a service's reserve or commission, an open hold, a payout."),
    (&[160], "Move the money to an account that may disburse, and pay from there."),
    // Amounts and texts of a movement.
    (&[170], "Round the sum to the digits that the currency has, by a rule that you name; nothing is rounded unasked."),
    (&[171], "Give a sum above zero; to take money back, reverse or debit."),
    (&[181], "Give a smaller sum."),
    (&[172], "Give at least one debit and one credit."),
    (&[173], "Correct the lines until debits and credits are equal, in each book."),
    (&[174], "Choose a kind that the operation can have."),
    (&[175], "Say in a narrative what the transfer is for."),
    (&[176], "Wait until then, or leave the effective time out; check the clocks of both machines."),
    (&[177, 178], "Change the sum, or have the service's limits changed."),
    (&[179], "Change the sum, or give the tariff a band for it."),
    (&[180], "Give a larger sum, or have the payer bear the charge."),
    // Reversals.
    (&[190], "Undo what the entry did by the command that is its opposite: activate, change back, release."),
    (&[191], "Do the first movement again under a key of its own."),
    (&[192], "Nothing is left to do; the entry named took it back."),
    (&[193], "Ask for what is left at the most."),
    (&[194], "Reverse it whole, and post what was right again."),
    // Holds.
    (&[231], "Nothing is left to settle; its state says what became of it. To charge more, hold or debit again."),
    (&[232], "Capture what is left at the most, and debit the rest."),
    (&[233], "Capture or release it whole."),
    (&[234], "Release it or let it expire; if the money is still owed, hold it again."),
    (&[235], "Wait until it is due, or capture or release it."),
    (&[236], "Capture, release or clear the hold instead of reversing the entry."),
    (&[237], "Give a time after the one at which it begins, or none."),
    (&[238], "Keep the reserve in an account of the service's client."),
    (&[239], "Leave one of the two out."),
    // Devices.
    (&[301], "Use a device that is not revoked, or register one."),
    (&[302], "Use a device of the payout's client."),
    (&[303], "Give the 32 bytes of a valid Ed25519 public key."),
    (&[304], "Make a new key pair: a key belongs to one device for ever."),
    // Initiating payouts.
    (&[310], "Name as many devices as must sign, each once, none of them revoked."),
    (&[311], "Give a time from now to thirty days on."),
    (&[312], "Add an item."),
    (&[313], "Correct or remove the item named; its own reason has a code too."),
    (&[314], "Name accounts of the ledger, or another provider."),
    // Approving payouts.
    (&[321], "Have one of the payout's approvers sign."),
    (&[322], "Nothing is left to do for this device."),
    (&[323], "Initiate a new payout."),
    (&[324], "Initiate a new payout, and have it approved in time."),
    (&[325], "Show the approver the payout as it is stored, and have that signed."),
    (&[326], "Sign the digest of this payout's own preview with the device's present key."),
    // What becomes of payouts.
    (&[331, 341], "Look where it stands: another report may have come first. What has ended stays so."),
    (&[332], "Report what was held at the most, and charge the rest by a debit."),
    (&[333], "Wait until then, or cancel it."),
    (&[334], "Return the item instead."),
    // Exchanges.
    (&[250], "Give the rate."),
    (&[251], "Transfer instead."),
    (&[252], "Use two live books or two test books."),
    (&[253], "Give a larger sum, or another rounding."),
    // Periods.
    (&[254], "Record it in the open period: leave the effective time out, or give a later one."),
    (&[255], "Wait until the period is over."),
    (&[256], "Close a later period, or none: this one is closed."),
    // Totals.
    (&[200], "No business reaches it: check the sum's scale."),
    (
        &[201],
        "Put money in, take less, or wait for holds and clearing credits to be settled; then retry under the same key.",
    ),
    (&[210], "Set the machine's clock right; what was recorded with it stays."),
    (&[211], "Begin a new ledger."),
    (&[220], "Look at the command at the place named, and give the batch again without it or with it corrected."),
    (&[221], "Split the batch."),
    // The chart.
    (&[380], "Correct the path: small letters, digits, _ and -, with : between the segments."),
    (&[382], "Use the set named, or another name."),
    (&[383, 384], "Nothing is left to do."),
    (&[385], "Take one of the memberships on the way out first."),
    (&[386], "Pay from or to an account of another type, or change the book's list of flows."),
    (&[387], "Take the block away, if business on this side may go on, and retry."),
    (&[388], "Give the fact a key that begins with #, in the movements too."),
    // Counterparties and personal texts.
    (&[371], "Record the counterparty with the movement's own client."),
    (&[372, 375], "Record a new one; what was erased does not come back."),
    (&[373], "Use the counterparty named, or another reference."),
    (&[374], "Correct the party as the host's validator says."),
    // Channels and invoices.
    (&[343], "Make the channel active again, or use another, and retry."),
    (&[344], "Use a channel that takes the currency, or let this one take it."),
    (&[345], "Use the channel named, or another code."),
    (&[346], "Name an account, or open a settlement account for the client in that book."),
    (&[347], "Issue another invoice for the money, or credit it by hand."),
    (&[348], "Wait until then, or cancel it."),
    // Limits, monitors and conditions.
    (
        &[265, 266],
        "Wait until the time that is told, take less, or have the limit changed; then retry under the same key.",
    ),
    (&[268, 271], "Define a new one."),
    (&[269], "Correct the limit as the reason says."),
    (&[272], "Read the account again, decide anew, and give the command with the number found."),
    (&[273], "Wait until more is available, or decide anew with what is."),
    // Cursors of events, and invariants.
    (&[290], "Use an event of a page that this ledger gave."),
    (&[291], "Nothing is left to do; to read again, rewind the cursor."),
    (&[292], "Check the name; acknowledge an event to make the cursor."),
    (&[293], "Acknowledge instead of rewinding."),
    (&[294], "Ask whoever runs the program: its own rule refuses this, for the reason told."),
];

/// What to do about a rejection; nothing for a code that is none.
pub(super) fn remedy(code: u16) -> &'static str {
    REMEDIES.iter().find(|(codes, _)| codes.contains(&code)).map_or("", |(_, remedy)| remedy)
}
