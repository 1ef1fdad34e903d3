//! CPU time of programs that a benchmark has run.

/// CPU time of all that this process has started and seen end, in seconds; NaN where the system
/// does not tell.
pub fn used() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // What comes before is the program's name, in which anything may be.
    let numbers = text.rsplit_once(") ").map_or("", |(_, numbers)| numbers);
    let ticks = numbers.split(' ').skip(13).take(2).map(str::parse::<f64>);
    let ticks: Result<Vec<f64>, _> = ticks.collect();
    // In hundredths of a second, as Linux has it.
    ticks
        .ok()
        .filter(|t| t.len() == 2)
        .map_or(f64::NAN, |t| t.iter().sum::<f64>() / 100.0)
}
