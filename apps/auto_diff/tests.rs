//! Batches against jobs.

use crate::batch::{GROUP, KNOWN, partial_sums};
use crate::partial_sum::PartialSum;
use grange::isa;
use num_dual::first_derivative;

#[test]
fn the_bits_are_those_of_a_job_a_point() {
    let u: [f64; GROUP] = std::array::from_fn(|i| i as f64 / 32.0 - 0.25);
    for end in [1, 2, 3, 4, 2048, 2049, 2050, 5000] {
        let series = PartialSum::new(end);
        let plain = u.map(|u| first_derivative(|u| series.partial_sum(u), u));
        for isa in isa::available() {
            let values = partial_sums(isa, &u, end, || false).unwrap();
            let bits = |(v, d): (f64, f64)| (v.to_bits(), d.to_bits());
            assert_eq!(values.map(bits), plain.map(bits), "{isa}, {end}");
        }
    }
}

#[test]
fn known_answers_are_right() {
    isa::check(&KNOWN).unwrap();
}

#[test]
fn it_stops_when_it_is_told() {
    assert_eq!(
        partial_sums(isa::current(), &[0.5; GROUP], 1000, || true),
        None
    );
}
