//! The officially assigned alpha-2 codes of ISO 3166-1, as of 2026.
//!
//! Reserved codes (`UK`, `EU`) and those for private use (`ZZ`, `XK`) are not among them. The list
//! is a copy of what Java's `Locale.getISOCountries()` has, so that it is not the one that clients
//! are checked with.

/// Returns whether a country has this code.
pub(crate) fn is_assigned(code: &str) -> bool {
    CODES.split_ascii_whitespace().any(|it| it == code)
}

const CODES: &str = "
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assigned_codes_are_countries_and_reserved_ones_are_not() {
        assert_eq!(CODES.split_ascii_whitespace().count(), 249);
        for code in ["CA", "GB", "SS", "AX"] {
            assert!(is_assigned(code), "{code}");
        }
        for code in ["ZZ", "UK", "EU", "XK", "AA", "ca", "", " ", "CA "] {
            assert!(!is_assigned(code), "{code}");
        }
    }

    #[test]
    fn another_list_has_the_same_codes() {
        for first in 'A'..='Z' {
            for second in 'A'..='Z' {
                let code = format!("{first}{second}");
                // Handed to users to assign, of which the other list has some.
                let is_private = matches!(
                    (first, second),
                    ('A', 'A') | ('Q', 'M'..='Z') | ('X', _) | ('Z', 'Z')
                );
                let other = !is_private && celes::Country::from_alpha2(&code).is_ok();
                assert_eq!(is_assigned(&code), other, "{code}");
            }
        }
    }
}
