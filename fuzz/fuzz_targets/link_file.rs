#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| grange::fuzzing::run("link_file", bytes));
