//! A curve as a drawing: a line of steps with its axes, in whole numbers throughout.

use std::fmt::{self, Write};

use super::curve::{Curve, Step};
use super::escape::Escaped;
use crate::model::Timestamp;

/// The drawing's size, and the room left for labels, in its own units: about a tenth of a pixel.
const WIDTH: i128 = 7_200;
const HEIGHT: i128 = 2_400;
const TOP: i128 = 120;
const BOTTOM: i128 = 300;
const RIGHT: i128 = 120;
/// How wide a letter of a label is, at most.
const LETTER: i128 = 72;
/// Changes nearer to one another than this cannot be told apart.
const COLUMN: i128 = 6;
/// Into how many parts the axes are divided, at most.
const PARTS: i128 = 5;
/// Periods shorter than this have times of day on their axis.
const DAYS_FROM_NS: i128 = 4 * 86_400_000_000_000;

/// A curve as an SVG element; `number` makes its identifiers unique in the document.
pub(super) struct Drawing<'a> {
    pub curve: &'a Curve,
    pub number: usize,
}

/// Where sums and instants lie in the drawing.
struct Frame {
    left: i128,
    from: i128,
    span: i128,
    low: i128,
    high: i128,
    step: i128,
}

impl Frame {
    fn of(curve: &Curve) -> Self {
        let (least, most) = (curve.least.minor(), curve.most.minor());
        let step = nice((most - least).max(1), PARTS - 1);
        let low = least.div_euclid(step) * step;
        // A line along an edge would not be seen as one.
        let high = (most.div_euclid(step) + 1) * step;
        let from = i128::from(curve.from.0);
        let span = (i128::from(curve.to.0) - from).max(1);
        let mut frame = Self { left: 0, from, span, low, high, step };
        let widest = frame.sums().map(|minor| label(curve, minor).chars().count()).max().unwrap_or(0);
        // A label has a few dozen letters at most.
        frame.left = (LETTER * widest as i128 + 120).min(WIDTH / 2);
        frame
    }

    /// The sums that are labelled.
    fn sums(&self) -> impl Iterator<Item = i128> + use<> {
        let (low, high, step) = (self.low, self.high, self.step);
        (0..=PARTS).map(move |part| low + part * step).take_while(move |sum| *sum <= high)
    }

    fn x(&self, at: Timestamp) -> i128 {
        let along = (i128::from(at.0) - self.from).clamp(0, self.span);
        self.left + along * (WIDTH - RIGHT - self.left) / self.span
    }

    fn y(&self, minor: i128) -> i128 {
        let plot = HEIGHT - TOP - BOTTOM;
        TOP + plot - (minor - self.low) * plot / (self.high - self.low)
    }
}

/// The least of 1, 2, 5, 10, 20, 50, … of which `parts` make up `span`.
fn nice(span: i128, parts: i128) -> i128 {
    let mut unit = 1;
    loop {
        for factor in [1, 2, 5] {
            if unit * factor * parts >= span {
                return unit * factor;
            }
        }
        // Spans are below 2^98, so this stays far within the range.
        unit *= 10;
    }
}

/// A sum as its axis has it.
fn label(curve: &Curve, minor: i128) -> String {
    let sum = curve.opening.currency().minor(minor);
    sum.map_or_else(|_| String::new(), |sum| sum.text_at_scale(curve.text_scale))
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (curve, number, frame) = (self.curve, self.number, Frame::of(self.curve));
        writeln!(
            f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             aria-labelledby=\"curve{number}-title curve{number}-desc\">"
        )?;
        writeln!(f, "<title id=\"curve{number}-title\">{}</title>", Escaped(&curve.name))?;
        writeln!(f, "<desc id=\"curve{number}-desc\">{}</desc>", Escaped(&description(curve)))?;
        for minor in frame.sums() {
            let (y, left, right) = (frame.y(minor), frame.left, WIDTH - RIGHT);
            writeln!(f, "<path class=\"grid\" d=\"M{left} {y}H{right}\"/>")?;
            let (x, y) = (left - 60, y + 40);
            writeln!(f, "<text class=\"sum\" x=\"{x}\" y=\"{y}\">{}</text>", Escaped(&label(curve, minor)))?;
        }
        for (at, text) in days(curve, &frame) {
            let (x, y) = (frame.x(at), HEIGHT - BOTTOM);
            writeln!(f, "<path class=\"grid\" d=\"M{x} {y}v60\"/>")?;
            writeln!(f, "<text class=\"day\" x=\"{x}\" y=\"{}\">{}</text>", y + 190, Escaped(&text))?;
        }
        writeln!(f, "<path class=\"line\" d=\"{}\"/>", line(curve, &frame)?)?;
        f.write_str("</svg>\n")
    }
}

/// What the drawing shows, in words.
fn description(curve: &Curve) -> String {
    let show = |sum: crate::money::Money| sum.text_at_scale(curve.text_scale);
    format!(
        "From {} to {} ({}), in {}: {} at the beginning, {} at the end, at least {}, at most {}.",
        curve.zone.time_of(curve.from),
        curve.zone.time_of(curve.known_to),
        curve.zone,
        curve.opening.currency().code(),
        show(curve.opening),
        show(curve.closing),
        show(curve.least),
        show(curve.most)
    )
}

/// The instants that are labelled, with their labels: beginnings of days, or times of day in a short period.
fn days(curve: &Curve, frame: &Frame) -> Vec<(Timestamp, String)> {
    let mut found: Vec<(Timestamp, String)> = Vec::new();
    for part in 0..PARTS {
        // Between two instants, so within their range.
        let at = Timestamp(i64::try_from(frame.from + frame.span * part / PARTS).unwrap_or(curve.to.0));
        let (at, label) = if frame.span < DAYS_FROM_NS {
            (at, curve.zone.time_of(at).get(..16).unwrap_or_default().to_owned())
        } else {
            let day = curve.zone.day_of(at);
            (curve.zone.days(&day, &day).map_or(at, |day| day.start), day)
        };
        if at >= curve.from && found.last().is_none_or(|(last, _)| frame.x(at) - frame.x(*last) > 17 * LETTER) {
            found.push((at, label));
        }
    }
    found
}

/// The steps, of which those that fall together are drawn as their first, least, greatest and last.
fn line(curve: &Curve, frame: &Frame) -> Result<String, fmt::Error> {
    let mut path = format!("M{} {}", frame.left, frame.y(curve.opening.minor()));
    let mut rest = curve.points.as_slice();
    while let Some(first) = rest.first() {
        let column = frame.x(first.at) / COLUMN;
        let together = rest.iter().take_while(|step| frame.x(step.at) / COLUMN == column).count();
        let (steps, after) = rest.split_at(together.min(rest.len()));
        for step in telling(steps) {
            write!(path, "H{}V{}", frame.x(step.at), frame.y(step.balance.minor()))?;
        }
        rest = after;
    }
    write!(path, "H{}", frame.x(curve.known_to))?;
    Ok(path)
}

/// The first, least, greatest and last of some steps, in their order.
fn telling(steps: &[Step]) -> Vec<&Step> {
    let least = steps.iter().min_by_key(|step| step.balance.minor());
    let most = steps.iter().max_by_key(|step| step.balance.minor());
    let mut telling: Vec<&Step> = [steps.first(), least, most, steps.last()].into_iter().flatten().collect();
    telling.sort_by_key(|step| step.at);
    telling.dedup_by_key(|step| step.at);
    telling
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Zone;
    use crate::money::{Amount, Currency, Money};

    fn kes(minor: i128) -> Money {
        Currency::KES.minor(minor).unwrap()
    }

    fn curve(points: &[(i64, i128)]) -> Curve {
        let balances = || std::iter::once(0).chain(points.iter().map(|(_, minor)| *minor));
        Curve {
            name: "<Till>".to_owned(),
            zone: Zone::utc(),
            from: Timestamp(0),
            to: Timestamp(1_000),
            known_to: Timestamp(1_000),
            opening: kes(0),
            closing: kes(points.last().unwrap().1),
            least: kes(balances().min().unwrap()),
            most: kes(balances().max().unwrap()),
            points: points.iter().map(|(at, minor)| Step { at: Timestamp(*at), balance: kes(*minor) }).collect(),
            text_scale: 2,
        }
    }

    #[test]
    fn steps_lie_where_their_instants_and_sums_are() {
        let curve = curve(&[(500, 400_00), (1_000, -100_00)]);
        let frame = Frame::of(&curve);
        assert_eq!((frame.low, frame.high, frame.step), (-200_00, 600_00, 200_00));
        assert_eq!(frame.sums().collect::<Vec<_>>(), [-200_00, 0, 200_00, 400_00, 600_00]);
        let path = line(&curve, &frame).unwrap();
        let middle = frame.left + (WIDTH - RIGHT - frame.left) / 2;
        let y = |minor| frame.y(minor);
        let (left, right) = (frame.left, WIDTH - RIGHT);
        assert_eq!(path, format!("M{left} {}H{middle}V{}H{right}V{}H{right}", y(0), y(400_00), y(-100_00)));
        assert!(y(600_00) == TOP && y(-200_00) == HEIGHT - BOTTOM);
        assert!(Drawing { curve: &curve, number: 1 }.to_string().contains("&lt;Till&gt;"));
    }

    #[test]
    fn many_changes_are_drawn_by_their_extremes() {
        let points: Vec<(i64, i128)> = (0..900).map(|at| (at, if at == 450 { 1_000_000 } else { at.into() })).collect();
        let curve = curve(&points);
        let frame = Frame::of(&curve);
        let path = line(&curve, &frame).unwrap();
        assert!(path.contains(&format!("V{}", frame.y(1_000_000))), "{path}");
        let dense: Vec<Step> = curve.points.iter().take(100).copied().collect();
        assert_eq!(telling(&dense).len(), 2);
    }

    #[test]
    fn the_greatest_sums_and_the_longest_times_can_be_drawn() {
        let most = Currency::KES.amount(Amount::MAX);
        let mut curve = curve(&[(1, 1)]);
        (curve.least, curve.most) = (most.negated(), most);
        (curve.from, curve.to, curve.known_to) = (Timestamp::MIN, Timestamp::MAX, Timestamp::MAX);
        let frame = Frame::of(&curve);
        assert!(frame.low <= most.negated().minor() && frame.high > most.minor());
        assert!(Drawing { curve: &curve, number: 1 }.to_string().ends_with("</svg>\n"));
    }
}
