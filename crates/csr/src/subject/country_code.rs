//! ISO 3166-1 alpha-2 country codes, and a guess at what was meant by something else.
//!
//! The table is the one of the crate `celes`. Leaves out codes that ISO 3166-1 hands to users to
//! assign (`XK` among them): `celes` knows some, CAs refuse them.

use std::str::FromStr;

use celes::Country;

/// Returns whether `code` is an officially assigned alpha-2 code in capital letters.
pub(crate) fn is_assigned(code: &str) -> bool {
    code.len() == 2
        && code.bytes().all(|byte| byte.is_ascii_uppercase())
        && !is_user_assigned(code)
        && Country::from_alpha2(code).is_ok()
}

/// Returns the code that was probably meant: from lower case, alpha-3, or the name of the country.
pub(crate) fn did_you_mean(text: &str) -> Option<&'static str> {
    let folded: String = text.chars().filter(|c| c.is_alphabetic()).collect();
    // Reserved in ISO 3166-1 at the United Kingdom's wish, and the usual mistake.
    if folded.eq_ignore_ascii_case("UK") {
        return Some("GB");
    }
    let country = Country::from_str(&folded).ok()?;
    is_assigned(country.alpha2).then_some(country.alpha2)
}

/// Returns whether ISO 3166-1, section 8.1.3, leaves a code to its users: AA, QM to QZ, XA to XZ
/// and ZZ never name a country.
fn is_user_assigned(code: &str) -> bool {
    matches!(
        code.as_bytes(),
        b"AA" | b"ZZ" | [b'X', _] | [b'Q', b'M'..=b'Z']
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_assigned_codes_are_accepted() {
        let letters = b'A'..=b'Z';
        let accepted: String = letters
            .clone()
            .flat_map(|first| letters.clone().map(move |second| [first, second]))
            .map(|code| String::from_utf8(code.to_vec()).unwrap())
            .filter(|code| is_assigned(code))
            .collect();
        assert_eq!(accepted, ASSIGNED.split_whitespace().collect::<String>());
    }

    #[test]
    fn only_capital_letters_are_accepted() {
        for code in ["ca", "Ca", "CAN", "C", "", "C1", "CÄ"] {
            assert!(!is_assigned(code), "{code}");
        }
    }

    #[test]
    fn the_usual_mistakes_are_recognised() {
        for (written, meant) in [
            ("UK", "GB"),
            ("uk", "GB"),
            ("ca", "CA"),
            (" CA ", "CA"),
            ("CAN", "CA"),
            ("usa", "US"),
            ("U.S.A.", "US"),
            ("Canada", "CA"),
            ("United States", "US"),
            ("United Kingdom", "GB"),
        ] {
            assert_eq!(did_you_mean(written), Some(meant), "{written}");
        }
    }

    #[test]
    fn nothing_is_guessed_for_what_is_no_country() {
        for written in ["XK", "XX", "Kosovo", "", "Atlantis", "124"] {
            assert_eq!(did_you_mean(written), None, "{written}");
        }
    }

    /// The 249 codes, in the order of the alphabet.
    const ASSIGNED: &str = "\
        AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN \
        BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ \
        DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL \
        GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM \
        JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME \
        MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP \
        NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD \
        SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO \
        TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";
}
