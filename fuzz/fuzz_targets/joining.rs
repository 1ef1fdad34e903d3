#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| grange::fuzzing::run("joining", bytes));
