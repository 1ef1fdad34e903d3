//! Batches against jobs.

use crate::batch::{GROUP, KNOWN, partial_sums};
use crate::partial_sum::PartialSum;
use grange::isa;
use num_dual::first_derivative;

#[test]
fn the_bits_are_those_of_a_job_a_point() {
    let u: [f64; GROUP] = std::array::from_fn(|i| i as f64 / 32.0 - 0.25);
    for end in [1, 2, 3, 4, 8, 9, 10, 17, 18, 2048, 2049, 2050, 2057, 5000] {
        let series = PartialSum::new(end);
        let plain = u.map(|u| first_derivative(|u| series.partial_sum(u), u));
        for isa in isa::available() {
            let values = partial_sums(isa, &u, end, || false).unwrap();
            let bits = |(v, d): (f64, f64)| (v.to_bits(), d.to_bits());
            assert_eq!(values.map(bits), plain.map(bits), "{isa}, {end}");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, ..Default::default() })]
    #[test]
    fn any_points_and_any_end(end in 1_u64..5000, some in proptest::collection::vec(-1.0..1.0, GROUP)) {
        let u: [f64; GROUP] = std::array::from_fn(|i| some[i]);
        let series = PartialSum::new(end);
        for isa in isa::available() {
            let values = partial_sums(isa, &u, end, || false).unwrap();
            for (u, (value, slope)) in u.into_iter().zip(values) {
                let (v, d) = first_derivative(|u| series.partial_sum(u), u);
                proptest::prop_assert_eq!((v.to_bits(), d.to_bits()), (value.to_bits(), slope.to_bits()), "{}", isa);
            }
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
