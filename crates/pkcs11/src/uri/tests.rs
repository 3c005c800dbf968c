//! Examples of the standard, the nearest texts that are none, and round trips of any URI.

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<Pkcs11Uri, InvalidUri> {
    text.parse()
}

/// Returns the name of a variant with the attribute that it is about.
fn problem(text: &str) -> String {
    format!("{:?}", parse(text).unwrap_err())
}

#[test]
fn examples_of_the_standard_are_read() {
    // RFC 7512, section 3, as far as they name a private key.
    for text in [
        "pkcs11:",
        "pkcs11:object=my-pubkey;type=private",
        "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;\
         model=1.0;object=my-certificate;type=private;id=%69%95%3E%5C%F4%BD%EC%91;serial=",
        "pkcs11:slot-id=327;object=a",
        "pkcs11:token=Software%20PKCS%2311%20softtoken;manufacturer=Snake%20Oil,%20Inc.\
         ?pin-source=/etc/token",
        "pkcs11:object=Private-Card-Key;type=private?pin-source=file:/etc/token_pin",
    ] {
        // An empty serial would match no token: it is the one thing that is taken otherwise.
        match parse(text) {
            Ok(_) => assert!(!text.ends_with("serial=")),
            Err(error) => assert_eq!(
                error,
                InvalidUri::Empty {
                    name: "serial".into()
                }
            ),
        }
    }
}

#[test]
fn attributes_are_decoded() {
    let uri = parse(
        "PKCS11:token=My%20Token;serial=0A1;manufacturer=Snake%20Oil,%20Inc.;model=v2;\
         slot-id=7;object=caf%C3%A9;id=%00%ff;type=private\
         ?pin-source=file:///run/pin&module-path=/lib/a%20b.so",
    )
    .unwrap();
    assert_eq!(uri.token(), Some("My Token"));
    assert_eq!(uri.serial(), Some("0A1"));
    assert_eq!(uri.manufacturer(), Some("Snake Oil, Inc."));
    assert_eq!(uri.model(), Some("v2"));
    assert_eq!(uri.slot_id(), Some(7));
    assert_eq!(uri.object(), Some("café"));
    assert_eq!(uri.id(), Some(&[0, 0xff][..]));
    assert_eq!(uri.pin_source(), Some(Path::new("/run/pin")));
    assert_eq!(uri.module_path(), Some(Path::new("/lib/a b.so")));
}

#[test]
fn path_with_two_slashes_is_written_as_no_host() {
    let uri = parse("pkcs11:?pin-source=file:////run/pin").unwrap();
    assert_eq!(uri.pin_source(), Some(Path::new("//run/pin")));
    assert_eq!(uri.to_string().parse(), Ok(uri));
    assert_eq!(problem("pkcs11:?pin-source=//run/pin"), "PinSource");
}

#[test]
fn module_path_of_the_uri_comes_first() {
    let uri = parse("pkcs11:?module-path=/a").unwrap();
    assert_eq!(
        uri.or_module_path("/b").module_path(),
        Some(Path::new("/a"))
    );
    let uri = parse("pkcs11:").unwrap().or_module_path("/b");
    assert_eq!(uri.module_path(), Some(Path::new("/b")));
}

#[test]
fn pin_in_the_uri_is_refused_and_not_shown() {
    for text in [
        "pkcs11:token=a?pin-value=4711",
        "pkcs11:token=a?module-path=/lib/a.so&pin-value=47 11",
        "pkcs11:token=a?pin-value=",
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error, InvalidUri::PinValue);
        assert!(!format!("{error} {error:?}").contains("47"));
    }
    // In the path it is no attribute of the standard at all.
    assert!(problem("pkcs11:pin-value=4711").starts_with("Unknown"));
}

#[test]
fn each_problem_is_named() {
    for (text, expected) in [
        ("", "Scheme"),
        ("pkcs1", "Scheme"),
        ("file:token=a", "Scheme"),
        ("pkcs11:token", "NoAttribute { position: 1 }"),
        ("pkcs11:token=a;", "NoAttribute { position: 2 }"),
        ("pkcs11:;token=a", "NoAttribute { position: 1 }"),
        ("pkcs11:token=a?", "ok"),
        ("pkcs11:token=a?x", "NoAttribute { position: 1 }"),
        ("pkcs11:to ken=a", "NoAttribute { position: 1 }"),
        ("pkcs11:token=a;token=b", "Duplicate { name: \"token\" }"),
        (
            "pkcs11:type=private;type=private",
            "Duplicate { name: \"type\" }",
        ),
        ("pkcs11:token=", "Empty { name: \"token\" }"),
        (
            "pkcs11:token=a b",
            "Character { name: \"token\", character: ' ' }",
        ),
        (
            "pkcs11:token=a/b",
            "Character { name: \"token\", character: '/' }",
        ),
        (
            "pkcs11:token=a#b",
            "Character { name: \"token\", character: '#' }",
        ),
        ("pkcs11:token=é", "Encoding { name: \"token\" }"),
        ("pkcs11:token=%", "Encoding { name: \"token\" }"),
        ("pkcs11:token=%4", "Encoding { name: \"token\" }"),
        ("pkcs11:token=%4g", "Encoding { name: \"token\" }"),
        ("pkcs11:token=%+1", "Encoding { name: \"token\" }"),
        ("pkcs11:token=%FF", "Encoding { name: \"token\" }"),
        ("pkcs11:id=%FF", "ok"),
        ("pkcs11:slot-id=", "SlotId"),
        ("pkcs11:slot-id=-1", "SlotId"),
        ("pkcs11:slot-id=+1", "SlotId"),
        ("pkcs11:slot-id=18446744073709551616", "SlotId"),
        ("pkcs11:slot-id=18446744073709551615", "ok"),
        ("pkcs11:type=cert", "Type"),
        ("pkcs11:x-vendor=a", "Unknown { name: \"x-vendor\" }"),
        ("pkcs11:?module-name=a", "Unknown { name: \"module-name\" }"),
        ("pkcs11:?pin-source=pin", "PinSource"),
        ("pkcs11:?pin-source=|/bin/pin", "PinSource"),
        ("pkcs11:?pin-source=file://host/pin", "PinSource"),
        ("pkcs11:?pin-source=https://host/pin", "PinSource"),
    ] {
        match parse(text) {
            Ok(_) => assert_eq!(expected, "ok", "{text}"),
            Err(error) => assert_eq!(format!("{error:?}"), expected, "{text}"),
        }
    }
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(any::<String>().prop_filter("not empty", |text| !text.is_empty()))
}

prop_compose! {
    fn any_uri()(
        token in text(),
        serial in text(),
        manufacturer in text(),
        model in text(),
        slot_id in any::<Option<u64>>(),
        object in text(),
        id in proptest::option::of(proptest::collection::vec(any::<u8>(), 1..40)),
        module_path in text(),
        pin_source in text(),
    ) -> Pkcs11Uri {
        Pkcs11Uri {
            token,
            serial,
            manufacturer,
            model,
            slot_id,
            object,
            id,
            module_path: module_path.map(PathBuf::from),
            pin_source: pin_source.map(|path| PathBuf::from(format!("/{path}"))),
        }
    }
}

proptest! {
    #[test]
    fn every_uri_is_read_as_it_is_written(uri in any_uri()) {
        prop_assert_eq!(uri.to_string().parse(), Ok(uri));
    }

    #[test]
    fn no_text_panics(text in "(pkcs11:)?[a-z0-9=;?&%\\- ]{0,40}", other in any::<String>()) {
        let _ = parse(&text);
        let _ = parse(&other);
        let _ = parse(&format!("pkcs11:{other}"));
    }

    #[test]
    fn no_error_shows_a_value(value in "[0-9]{6}", name in "(pin-value|pin-source|id|token|x)") {
        for text in [format!("pkcs11:?{name}={value}%"), format!("pkcs11:{name}={value}%")] {
            let error = parse(&text).unwrap_err();
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains(&value));
        }
    }
}
