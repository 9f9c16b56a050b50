//! A document as one HTML file that is also well-formed XML.

use std::fmt;

use super::document::{Align, Block, Cell, Document, Section, Table};
use super::escape::{Escaped, Isolated};
use super::svg::Drawing;

/// How it looks: on screen in light and dark, on paper in black and white.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--faint:#5b6470;--rule:#d5d9de;--ground:#fff;--line:#0b57d0}\
@media (prefers-color-scheme:dark){:root{--ink:#e6e8ea;--faint:#9aa3ad;--rule:#3a4149;--ground:#14171a;--line:#8ab4f8}}\
*{box-sizing:border-box}\
body{margin:0 auto;max-width:70rem;padding:1.5rem;color:var(--ink);background:var(--ground);\
font:15px/1.45 system-ui,sans-serif}\
h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2rem 0 .25rem}\
p{margin:.15rem 0;color:var(--faint)}nav ul{padding-left:1.2rem}a{color:var(--line)}\
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}\
th,td{padding:.25rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}\
th{color:var(--faint);font-weight:600;white-space:nowrap}\
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
.time{white-space:nowrap}tr.total td{font-weight:600;border-top:2px solid var(--ink)}\
figure{margin:.5rem 0 1rem}svg{width:100%;height:auto;max-height:22rem}\
svg .grid{stroke:var(--rule);stroke-width:8;fill:none}svg .line{stroke:var(--line);stroke-width:20;fill:none}\
svg text{fill:var(--faint);font-size:120px;font-family:system-ui,sans-serif}svg .sum{text-anchor:end}\
@media print{@page{margin:15mm}\
:root{color-scheme:light;--ink:#000;--faint:#333;--rule:#999;--ground:#fff;--line:#000}\
body{max-width:none;padding:0;font-size:9.5pt}nav{display:none}.wide{overflow:visible}\
table{font-size:8pt}th,td{padding:1.5pt 3pt}th{white-space:normal}\
thead{display:table-header-group}tr,figure{break-inside:avoid}h2{break-after:avoid}}";

/// Documents of more sections than this begin with a list of them.
const LISTED_FROM: usize = 4;

/// A document as HTML; made by [`Document::html`], written by its [`Display`](fmt::Display).
#[derive(Clone, Copy, Debug)]
pub struct Html<'a> {
    document: &'a Document,
}

impl Document {
    /// The document as one HTML file: UTF-8, readable by XML parsers too, without scripts and without anything that is
    /// loaded from elsewhere. It prints on paper as it is, and follows the reader's choice of light or dark. Every text is
    /// escaped; control characters and marks that force a direction of writing show as `�`.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::report::Document;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let document = Document::new("Books").with(ledger.view()?.statement(wallet).all()?);
    /// let page = document.html().to_string(); // one file, without scripts and without anything from elsewhere
    /// assert!(page.starts_with("<!DOCTYPE html>") && page.contains("100.00"));
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn html(&self) -> Html<'_> {
        Html { document: self }
    }
}

impl fmt::Display for Html<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Document { title, notes, sections } = self.document;
        // What the page may do, for browsers: nothing but look as it says.
        write!(
            f,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{}</h1>\n",
            Escaped(title),
            Isolated(title)
        )?;
        notes.iter().try_for_each(|note| writeln!(f, "<p>{}</p>", Isolated(note)))?;
        f.write_str("</header>\n")?;
        if sections.len() >= LISTED_FROM {
            list(sections, f)?;
        }
        let mut curves = 0;
        f.write_str("<main>\n")?;
        for (section, number) in sections.iter().zip(1..) {
            write_section(section, number, &mut curves, f)?;
        }
        f.write_str("</main>\n</body>\n</html>\n")
    }
}

fn list(sections: &[Section], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("<nav aria-label=\"Sections\">\n<ul>\n")?;
    for (section, number) in sections.iter().zip(1..) {
        writeln!(f, "<li><a href=\"#section{number}\">{}</a></li>", Isolated(&section.heading))?;
    }
    f.write_str("</ul>\n</nav>\n")
}

fn write_section(section: &Section, number: usize, curves: &mut usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "<section id=\"section{number}\">\n<h2>{}</h2>", Isolated(&section.heading))?;
    for block in &section.blocks {
        match block {
            Block::Note(note) => writeln!(f, "<p>{}</p>", Isolated(note))?,
            Block::Table(table) => write_table(table, f)?,
            Block::Curve(curve) => {
                *curves = curves.saturating_add(1);
                write!(f, "<figure>\n{}</figure>\n", Drawing { curve, number: *curves })?;
            }
        }
    }
    f.write_str("</section>\n")
}

fn write_table(table: &Table, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("<div class=\"wide\">\n<table>\n<thead>\n<tr>")?;
    for column in table.columns() {
        write!(f, "<th scope=\"col\"{}>{}</th>", figures(column.align), Isolated(&column.head))?;
    }
    f.write_str("</tr>\n</thead>\n<tbody>\n")?;
    for row in table.rows() {
        f.write_str(if row.is_total() { "<tr class=\"total\">" } else { "<tr>" })?;
        for (cell, column) in row.cells().iter().zip(table.columns()) {
            let class = if matches!(cell, Cell::Time { .. }) { " class=\"time\"" } else { figures(column.align) };
            write!(f, "<td{class}>{}</td>", Isolated(&cell.shown()))?;
        }
        f.write_str("</tr>\n")?;
    }
    f.write_str("</tbody>\n</table>\n</div>\n")
}

const fn figures(align: Align) -> &'static str {
    match align {
        Align::Left => "",
        Align::Right => " class=\"n\"",
    }
}
