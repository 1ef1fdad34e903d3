use super::*;

#[test]
fn names_are_read_as_they_are_written() {
    for isa in Isa::ALL {
        assert_eq!(isa.to_string().parse(), Ok(isa));
        assert_eq!(isa.name().to_uppercase().parse(), Ok(isa));
    }
    let error = "sse9".parse::<Isa>().unwrap_err().to_string();
    assert_eq!(
        error,
        "'sse9' is no instruction set; there is portable, avx2, avx512"
    );
    assert_eq!(format!("{:<9}|", Isa::Avx2), "avx2     |");
}

#[test]
fn what_is_available_goes_up_to_the_best() {
    let all: Vec<Isa> = available().collect();
    assert_eq!(all[0], Isa::Portable);
    assert_eq!(all.last(), Some(&Isa::best()));
    assert!(all.is_sorted());
    assert!(all.iter().all(|isa| isa.checked() == *isa));
    assert!(current().is_available());
}

#[test]
fn only_what_is_there_can_be_forced() {
    for isa in Isa::ALL {
        match force(isa.name()) {
            Ok(forced) => assert!(forced == isa && isa.is_available()),
            Err(error) => {
                assert!(!isa.is_available());
                assert!(
                    error.to_string().contains("this processor has no"),
                    "{error}"
                );
            }
        }
    }
    let error = force("512").unwrap_err();
    assert_eq!(error.code(), 2);
    assert!(
        error.to_string().starts_with("GRANGE_ISA: '512' is no"),
        "{error}"
    );
}

#[test]
fn a_wrong_answer_is_told_with_what_it_was() {
    let right = Known::new("one", |_| Ok(()));
    let wrong = Known::new("two", |isa| Err(format!("3 instead of 2 ({isa})")));
    let sets = check(&[right]).unwrap();
    assert!(!sets.is_empty() && sets.iter().all(|isa| isa.is_available()));
    let error = check(&[right, wrong]).unwrap_err();
    assert_eq!(error.code(), 7);
    let text = format!("self-test with {0}: two: 3 instead of 2 ({0})", sets[0]);
    assert_eq!(error.to_string(), text);
}
