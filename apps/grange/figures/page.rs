//! One HTML page that needs nothing else: text, tables and figures, to be read on a screen of any width and
//! on paper. Nothing that it is given is taken for HTML.

use super::style::STYLE;
use super::{Drawing, text};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Characters of a cell from which on it has several lines and its column room for that.
const LONG: usize = 24;

/// From so many columns on, there is less room between them: a page is to have all of them, on paper too.
const MANY: usize = 12;

/// How a page says in its head that it is ours.
pub const GENERATOR: &str = "grange, a page of its own making";

/// A page that grows from above.
pub struct Page {
    title: String,
    body: Vec<Markup>,
}

/// A number that matters.
#[derive(Clone, Debug)]
pub struct Card {
    /// What it is.
    pub name: String,
    /// With its unit.
    pub value: String,
    /// What else there is to say; may be empty.
    pub note: String,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Heads of columns.
    pub columns: Vec<Column>,
    /// As many cells each as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// The head of a column.
#[derive(Clone, Debug)]
pub struct Column {
    /// With its unit.
    pub name: String,
    /// Whether it has numbers, which stand to the right.
    pub numeric: bool,
}

impl Table {
    /// Without rows. A `#` before a name is for a column of numbers: `["rank", "#grains"]`.
    pub fn new(columns: &[&str]) -> Self {
        let columns = columns.iter().map(|name| Column {
            name: name.trim_start_matches('#').into(),
            numeric: name.starts_with('#'),
        });
        Table {
            columns: columns.collect(),
            rows: Vec::new(),
        }
    }

    fn markup(&self) -> Markup {
        let long = |index: usize| {
            let mut cells = self.rows.iter().filter_map(|row| row.get(index));
            cells.any(|cell| cell.chars().count() > LONG)
        };
        let class = |(index, column): (usize, &Column)| match column.numeric {
            true => "number",
            false if long(index) => "long",
            false => "words",
        };
        let classes: Vec<&str> = self.columns.iter().enumerate().map(class).collect();
        html! {
            div.wide tabindex="0" { table class=[(self.columns.len() >= MANY).then_some("dense")] {
                thead { tr {
                    @for (column, class) in self.columns.iter().zip(&classes) {
                        th class=(class) scope="col" { (text::clean(&column.name)) }
                    }
                } }
                tbody { @for row in &self.rows { tr {
                    @for (cell, class) in row.iter().zip(&classes) {
                        td class=(class) { (unbroken(&text::clean(cell))) }
                    }
                } } }
            } }
        }
    }
}

/// A text, with options such as `--report` each on one line as long as there is room: browsers break at hyphens.
fn unbroken(text: &str) -> Markup {
    html! {
        @for (index, word) in text.split(' ').enumerate() {
            @if index > 0 { " " }
            @if word.starts_with('-') && word.len() > 1 { span.word { (word) } } @else { (word) }
        }
    }
}

/// How wide a figure may be on the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Breadth {
    /// That of a plot.
    Small,
    /// All there is.
    Full,
}

impl Page {
    /// With its title, which is also the first heading.
    pub fn new(title: &str) -> Self {
        Page {
            title: text::clean(title),
            body: Vec::new(),
        }
    }

    fn add(&mut self, markup: Markup) -> &mut Self {
        self.body.push(markup);
        self
    }

    /// The most important sentence.
    pub fn lead(&mut self, words: &str) -> &mut Self {
        self.add(html! { p.lead { (text::clean(words)) } })
    }

    /// A section begins.
    pub fn heading(&mut self, words: &str) -> &mut Self {
        self.add(html! { h2 { (text::clean(words)) } })
    }

    /// Sentences.
    pub fn paragraph(&mut self, words: &str) -> &mut Self {
        self.add(html! { p { (text::clean(words)) } })
    }

    /// What must not be overlooked.
    pub fn alert(&mut self, words: &str) -> &mut Self {
        self.add(html! { p.alert { (text::clean(words)) } })
    }

    /// Text as it is, line by line: a command, a program's last words.
    pub fn verbatim(&mut self, words: &str) -> &mut Self {
        let lines: Vec<String> = words.lines().map(text::clean).collect();
        self.add(html! { pre { (lines.join("\n")) } })
    }

    /// Numbers side by side.
    pub fn cards(&mut self, cards: &[Card]) -> &mut Self {
        self.add(html! {
            div.cards {
                @for card in cards {
                    div.card {
                        div.name { (text::clean(&card.name)) }
                        div.value { (text::clean(&card.value)) }
                        @if !card.note.is_empty() { div.note { (text::clean(&card.note)) } }
                    }
                }
            }
        })
    }

    /// Names with values.
    pub fn facts(&mut self, facts: &[(String, String)]) -> &mut Self {
        self.add(html! {
            dl { @for (name, value) in facts { dt { (text::clean(name)) } dd { (unbroken(&text::clean(value))) } } }
        })
    }

    /// A table; on a narrow screen it scrolls by itself.
    pub fn table(&mut self, table: &Table) -> &mut Self {
        self.add(table.markup())
    }

    /// A table that is shown where a reader asks for it.
    pub fn folded(&mut self, summary: &str, table: &Table) -> &mut Self {
        self.add(html! { details { summary { (text::clean(summary)) } (table.markup()) } })
    }

    /// A figure, with what there is to see on it.
    pub fn figure(&mut self, drawing: &Drawing, breadth: Breadth, caption: &str) -> &mut Self {
        let class = (breadth == Breadth::Small).then_some("small");
        self.add(html! {
            figure class=[class] {
                div.wide tabindex="0" { (PreEscaped(drawing.svg())) }
                @if !caption.is_empty() { figcaption { (text::clean(caption)) } }
            }
        })
    }

    /// Files in the page's own folder, by their names.
    pub fn files(&mut self, names: &[&str]) -> &mut Self {
        self.add(html! {
            p { @for (index, name) in names.iter().enumerate() {
                @if index > 0 { " \u{b7} " }
                a href=(format!("./{}", text::clean(name))) { (text::clean(name)) }
            } }
        })
    }

    /// The HTML. `footer` says what made the page.
    pub fn finish(&self, footer: &str) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="generator" content=(GENERATOR);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    // An empty picture: without it a browser asks a server for one.
                    link rel="icon" href="data:,";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main { h1 { (unbroken(&self.title)) } @for part in &self.body { (part) } }
                    footer { (text::clean(footer)) }
                }
            }
        };
        page.into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_html() {
        let evil = "</title></style><script>alert('x')</script>\"'&\0";
        let mut page = Page::new(evil);
        let mut table = Table::new(&[evil, "#n"]);
        table.rows.push(vec![evil.into(), evil.into()]);
        let card = Card {
            name: evil.into(),
            value: evil.into(),
            note: evil.into(),
        };
        page.lead(evil)
            .heading(evil)
            .paragraph(evil)
            .alert(evil)
            .verbatim(evil)
            .cards(&[card])
            .facts(&[(evil.into(), evil.into())])
            .table(&table)
            .files(&[evil]);
        let html = page.finish(evil);
        assert!(!html.contains("<script") && !html.contains('\0'), "{html}");
        assert_eq!(html.matches("&lt;script&gt;").count(), 18, "{html}");
        assert_eq!(html.matches("</title>").count(), 1, "{html}");
    }

    #[test]
    fn nothing_is_fetched() {
        let html = Page::new("x").paragraph("y").finish("z");
        assert!(
            !html.contains("http:") && !html.contains("https:"),
            "{html}"
        );
        assert!(html.starts_with("<!DOCTYPE html>") && html.contains("charset=\"utf-8\""));
    }
}
