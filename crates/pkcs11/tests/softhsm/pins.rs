//! PINs: where they come from, and that a wrong one is tried once.

use identity::{Passphrase, PassphraseSource, Signer, SignerProblem};
use pkcs11::{Error, TokenKey};

use crate::soft_hsm::{PIN, SoftHsm, pin};

fn problem(error: &Error) -> Option<SignerProblem> {
    match error {
        Error::Device(failure) => Some(failure.problem()),
        _ => None,
    }
}

/// Returns whether the token says that a wrong PIN was given since the last right one.
fn has_counted_a_wrong_pin(hsm: &SoftHsm) -> bool {
    let slots = hsm.pkcs11_tool_without_login(&["--list-slots"]);
    slots.contains("user PIN count low") || slots.contains("final user PIN try")
}

#[test]
fn wrong_pin_is_tried_once_in_a_process() {
    let Some(hsm) = SoftHsm::in_test("pins::wrong_pin_is_tried_once_in_a_process") else {
        return;
    };
    hsm.token("napi");
    TokenKey::make(&hsm.uri("object=client"), pin()).unwrap();
    assert!(!has_counted_a_wrong_pin(&hsm));
    let wrong = || Some(PassphraseSource::from(Passphrase::new("4711-0816")));
    let first = TokenKey::open(&hsm.uri(""), wrong()).unwrap_err();
    assert_eq!(problem(&first), Some(SignerProblem::PinWrong));
    assert!(std::error::Error::source(&first).is_some());
    // SoftHSM counts in the file of the token, which a right PIN resets.
    assert!(has_counted_a_wrong_pin(&hsm));
    hsm.pkcs11_tool("napi", &["--list-objects"]);
    assert!(!has_counted_a_wrong_pin(&hsm));
    for _ in 0..20 {
        let again = TokenKey::open(&hsm.uri(""), wrong()).unwrap_err();
        assert_eq!(problem(&again), Some(SignerProblem::PinWrong));
    }
    assert!(!has_counted_a_wrong_pin(&hsm), "it was tried again");
    // Another PIN is another try.
    TokenKey::open(&hsm.uri(""), pin()).unwrap();
}

#[test]
fn threads_share_the_one_try_of_a_wrong_pin() {
    let Some(hsm) = SoftHsm::in_test("pins::threads_share_the_one_try_of_a_wrong_pin") else {
        return;
    };
    hsm.token("napi");
    let uri = hsm.uri("token=napi");
    let asked = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let wrong = PassphraseSource::from(Passphrase::new("0000"));
                let error = TokenKey::open(&uri, Some(wrong)).unwrap_err();
                assert_eq!(problem(&error), Some(SignerProblem::PinWrong));
                // Only the token's own verdict has a source.
                let is_told = std::error::Error::source(&error).is_some();
                asked.fetch_add(usize::from(is_told), std::sync::atomic::Ordering::Relaxed);
            });
        }
    });
    assert_eq!(asked.into_inner(), 1);
}

#[test]
fn pin_comes_from_the_file_of_the_uri_first() {
    let Some(hsm) = SoftHsm::in_test("pins::pin_comes_from_the_file_of_the_uri_first") else {
        return;
    };
    hsm.token("napi");
    let file = hsm.file("pin");
    std::fs::write(&file, format!("{PIN}\n")).unwrap();
    let uri = format!("pkcs11:object=a?pin-source=file:{}", file.display());
    let uri: pkcs11::Pkcs11Uri = uri.parse().unwrap();
    let uri = uri.or_module_path(hsm.uri("").module_path().unwrap());
    let never = || PassphraseSource::prompt(|| panic!("asked although the URI names a file"));
    let key = TokenKey::make(&uri, Some(never())).unwrap();
    assert!(!format!("{key:?}").contains(PIN));
    std::fs::remove_file(&file).unwrap();
    let error = TokenKey::open(&uri, Some(never())).unwrap_err();
    assert!(matches!(error, Error::Pin { .. }));
    // It was read once, for as long as the key is used.
    key.sign(key.schemes()[0], b"message").unwrap();
}

#[test]
fn missing_and_empty_pin_are_not_tried() {
    let Some(hsm) = SoftHsm::in_test("pins::missing_and_empty_pin_are_not_tried") else {
        return;
    };
    hsm.token("napi");
    for none in [None, Some(PassphraseSource::from(Passphrase::new("")))] {
        let error = TokenKey::open(&hsm.uri(""), none).unwrap_err();
        assert!(matches!(error, Error::PinRequired), "{error}");
    }
    assert!(!has_counted_a_wrong_pin(&hsm));
}

#[test]
fn uri_of_a_file_names_no_module_or_file() {
    let Some(hsm) = SoftHsm::in_test("pins::uri_of_a_file_names_no_module_or_file") else {
        return;
    };
    hsm.token("napi");
    TokenKey::make(&hsm.uri("object=client"), pin()).unwrap();
    let pin_file = hsm.file("pin");
    std::fs::write(&pin_file, PIN).unwrap();
    let open = TokenKey::opener(hsm.module(), pin());
    let uri = |query: String| format!("pkcs11:object=client{query}");
    let module = hsm.module().display();
    for accepted in [uri(String::new()), uri(format!("?module-path={module}"))] {
        open(&accepted, None).unwrap();
    }
    let refused = |query| match open(&uri(query), None) {
        Ok(_) => panic!("the file has decided"),
        Err(error) => std::error::Error::source(&error).unwrap().to_string(),
    };
    let other = hsm.file("other.so");
    let other = refused(format!("?module-path={}", other.display()));
    assert!(other.contains("take module-path out"), "{other}");
    let source = refused(format!("?pin-source={}", pin_file.display()));
    assert!(source.contains("take pin-source out"), "{source}");
}

#[test]
fn pin_of_the_pair_comes_before_that_of_all() {
    let Some(hsm) = SoftHsm::in_test("pins::pin_of_the_pair_comes_before_that_of_all") else {
        return;
    };
    hsm.token("napi");
    TokenKey::make(&hsm.uri("object=client"), pin()).unwrap();
    let never = PassphraseSource::prompt(|| panic!("asked although the pair has a PIN"));
    let open = TokenKey::opener(hsm.module(), Some(never));
    open("pkcs11:object=client", pin()).unwrap();
    let open = TokenKey::opener(hsm.module(), pin());
    open("pkcs11:object=client", None).unwrap();
}
