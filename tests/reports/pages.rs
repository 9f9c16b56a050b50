//! Documents as HTML and CSV: well formed, escaped, self-contained, and with the figures of the values.

use pacioli::prelude::*;
use pacioli::report::{Block, Cell, Column, Document, Income, Period, Section, Table};
use proptest::prelude::*;
use roxmltree::{Document as Tree, Node, ParsingOptions};

use crate::shop::{HOSTILE, shop};
use crate::{days, whole};

fn parsed(page: &str) -> Tree<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Tree::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error}\n{page}"))
}

fn named<'a>(within: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    within.descendants().filter(move |node| node.tag_name().name() == name)
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
}

/// What a browser would load or run.
fn demand_self_contained(page: &str) {
    let small = page.to_lowercase();
    for forbidden in
        ["<script", "<link", "<img", "<iframe", "<object", "<base", "@import", "url(", "javascript:", "src="]
    {
        assert!(!small.contains(forbidden), "{forbidden}");
    }
    let elsewhere = small.replace("http://www.w3.org/2000/svg", "");
    assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"));
    for node in parsed(page).descendants() {
        assert!(node.attributes().all(|attribute| !attribute.name().starts_with("on")), "no handler of events");
        if let Some(link) = node.attribute("href") {
            assert!(link.starts_with("#section"));
        }
    }
}

#[test]
fn a_page_is_well_formed_and_loads_nothing() {
    let shop = shop(None);
    let page = whole(&shop).html().to_string();
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>"));
    demand_self_contained(&page);
    let tree = parsed(&page);
    let root = tree.root_element();
    assert_eq!(named(root, "h1").map(text).collect::<Vec<_>>(), ["Report of <shop>"]);
    assert_eq!(named(root, "svg").count(), 3);
    for drawing in named(root, "svg") {
        assert_eq!(drawing.tag_name().namespace(), Some("http://www.w3.org/2000/svg"));
        let labels = drawing.attribute("aria-labelledby").unwrap();
        for label in labels.split(' ') {
            let described = drawing.children().find(|node| node.attribute("id") == Some(label)).unwrap();
            assert!(!text(described).is_empty());
        }
        // Sums and days stand along its axes.
        let marks = |class| named(drawing, "text").filter(move |node| node.attribute("class") == Some(class));
        assert!(marks("sum").count() >= 2 && marks("day").count() >= 2);
        assert!(marks("day").all(|day| text(day).starts_with("2026-11-")));
    }
    let mut identifiers: Vec<_> = root.descendants().filter_map(|node| node.attribute("id")).collect();
    let count = identifiers.len();
    identifiers.sort_unstable();
    identifiers.dedup();
    assert_eq!(identifiers.len(), count, "identifiers are unique");
}

#[test]
fn a_page_has_the_figures_of_the_values() {
    let shop = shop(None);
    let document = whole(&shop);
    let page = document.html().to_string();
    let tree = parsed(&page);
    let sections: Vec<_> = named(tree.root_element(), "section").collect();
    assert_eq!(sections.len(), document.sections.len());
    for (shown, section) in sections.into_iter().zip(&document.sections) {
        let tables = section.blocks.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        });
        let found: Vec<_> = named(shown, "table").collect();
        assert_eq!(found.len(), tables.clone().count());
        for (shown, table) in found.into_iter().zip(tables) {
            let rows: Vec<_> = named(shown, "tr").skip(1).collect();
            assert_eq!(rows.len(), table.rows().len(), "{}", section.heading);
            for (shown, row) in rows.into_iter().zip(table.rows()) {
                let cells: Vec<String> = named(shown, "td").map(text).collect();
                for (shown, cell) in cells.iter().zip(row.cells()) {
                    // Texts are shown without what cannot be, figures as they are.
                    if !matches!(cell, Cell::Text(_)) {
                        assert_eq!(*shown, cell.shown(), "{}", section.heading);
                    }
                }
                assert_eq!(cells.len(), table.columns().len());
            }
        }
    }
    // And from the value itself.
    let view = shop.ledger.view().unwrap();
    let income = Income::of(&view, shop.kes.id, &days("01", "30")).unwrap();
    let row = named(tree.root_element(), "tr").find(|row| text(*row).starts_with("Income less expense")).unwrap();
    assert_eq!(named(row, "td").nth(1).map(text), Some(income.net.text()));
}

#[test]
fn no_text_leaves_its_place() {
    let hostile = [
        HOSTILE,
        "</title></style></section><h1>",
        "\" onload=\"alert(1)",
        "' onload='alert(1)",
        "]]> <!-- --> <?xml?> &amp; &#0; &lt;",
        "\u{0}\u{1}\u{8}\u{b}\u{7f}\u{85}\u{9f}\u{fffe}\u{ffff}",
        "שלום עולם",
        "مرحبا \u{202e}\u{2066}\u{2069}\u{202c}",
        "\u{1f4b0} café\u{301}",
    ];
    let mut document = Document::new(hostile.join(" ")).note(hostile.join(" "));
    for text in hostile {
        let mut table = Table::new([Column::left(text), Column::right(text)]);
        table.row([Cell::text(text), Cell::text(text)]);
        table.total([Cell::text(text)]);
        document = document.with(Section::new(text).note(text).table(table));
    }
    let page = document.html().to_string();
    demand_self_contained(&page);
    let tree = parsed(&page);
    assert_eq!(named(tree.root_element(), "section").count(), hostile.len());
    assert_eq!(named(tree.root_element(), "h1").count(), 1);
    let headings: Vec<String> = named(tree.root_element(), "h2").map(text).collect();
    assert_eq!(headings[2], hostile[2]);
    assert_eq!(headings[4], hostile[4], "entities are taken as they are written");
    assert_eq!(headings[6], hostile[6], "letters of other scripts stay");
    assert!(named(tree.root_element(), "h2").nth(6).unwrap().children().any(|node| node.tag_name().name() == "bdi"));
    // What cannot be shown, and what would turn the direction of its surroundings, is seen to be missing.
    assert_eq!(headings[5], "\u{fffd}".repeat(9));
    assert!(!page.contains(['\u{202e}', '\u{2066}', '\u{1b}', '\u{0}']));
    let text = document.to_string();
    assert!(!text.contains(['\u{202e}', '\u{2066}', '\u{1b}', '\u{0}']), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a text is made of, it comes back out of a page and out of CSV as one text.
    #[test]
    fn any_text_is_one_text(given in any::<String>(), more in "[<>&\"'=+@\\t\u{0}-\u{1f}\u{80}-\u{9f}\u{200e}-\u{202f}\u{2060}-\u{206f}א-ת]{0,12}") {
        let given = format!("{given}{more}");
        let mut table = Table::new([Column::left("a"), Column::left("b")]);
        table.row([Cell::text(given.as_str()), Cell::text("end")]);
        let document = Document::new(given.as_str()).with(Section::new(given.as_str()).note(given.as_str()).table(table));
        let page = document.html().to_string();
        let tree = parsed(&page);
        let shown: String = given.chars().map(|letter| match letter {
            '\n' | '\t' => ' ',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            letter if letter.is_control() => '\u{fffd}',
            letter => letter,
        }).collect();
        for name in ["h1", "h2"] {
            prop_assert_eq!(named(tree.root_element(), name).map(text).next().unwrap(), shown.as_str());
        }
        prop_assert_eq!(named(tree.root_element(), "td").map(text).collect::<Vec<_>>(), [shown.as_str(), "end"]);
        let rows = rows_of(&document.csv().to_string());
        let cell = &rows[1][2];
        prop_assert!(cell == &given || cell.strip_prefix('\'') == Some(given.as_str()));
        prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
        prop_assert_eq!(rows[1].len(), 4);
        // As text it stays in its line.
        prop_assert_eq!(document.to_string().lines().count(), 7);
    }
}

#[test]
fn csv_is_rectangular_exact_and_safe() {
    let shop = shop(None);
    let csv = whole(&shop).csv().to_string();
    let rows = rows_of(&csv);
    let width = rows[0].len();
    assert!(rows.iter().all(|row| row.len() == width), "every row has as many cells");
    assert!(rows.iter().all(|row| ["head", "row", "total"].contains(&row[1].as_str())));
    let find = |cell: &str| rows.iter().find(|row| row.iter().any(|found| found == cell)).unwrap();
    let net = find("Income less expense");
    assert_eq!((net[1].as_str(), net[3].as_str()), ("total", "-1.00"), "figures are no formulas");
    // Names that a spreadsheet would take for formulas.
    assert_eq!(find("'=Sales")[0], "Fees and tax of shop.kes (KES)");
    assert!(find("'=1+1, \"quoted\"").iter().any(|cell| cell == "200.00"));
    assert!(csv.contains("2026-11-02T08:00:00Z"), "times are in UTC");
}

/// The cells of a CSV text, read by the rules of RFC 4180.
fn rows_of(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = csv.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quoted) {
            ('"', true) if letters.peek() == Some(&'"') => cell.extend(letters.next()),
            ('"', _) => quoted = !quoted,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\r', false) => assert_eq!(letters.peek(), Some(&'\n')),
            ('\n', false) => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (letter, _) => cell.push(letter),
        }
    }
    assert!(row.is_empty() && cell.is_empty() && !quoted, "the last row ends");
    rows
}

#[test]
fn an_empty_ledger_has_empty_reports() {
    let ledger = Ledger::in_memory().unwrap();
    let book = ledger.open_book(NewBook::live("empty", Currency::JPY)).unwrap();
    let view = ledger.view().unwrap();
    let income = Income::of(&view, book.id, &Period::all()).unwrap();
    assert!(income.is_balanced() && income.net.is_zero());
    let wallet = book.system(pacioli::SystemAccount::Suspense);
    let document = Document::new("Empty").with(&income).with(view.statement(wallet).all().unwrap());
    parsed(&document.html().to_string());
    parsed(&Document::new("").html().to_string());
    assert_eq!(Document::new("").csv().to_string(), "");
}
