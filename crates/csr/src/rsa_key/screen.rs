//! A test in base 2 that throws composites out, at half the cost of the library's.
//!
//! Fermat's test: `2^(n-1) mod n` is 1 for every odd prime n. It may only reject: a number that
//! passes here has proven nothing and goes on to the library's tests in `primality`.
//!
//! Why it is faster: the size is fixed at 1024 bits, squares cost two thirds of products, and the
//! base is 2, so that a step of the power is a square and perhaps a doubling, where a general power
//! multiplies by entries of a table as well. Numbers are sixteen words of 64 bits, the lowest
//! first, in [Montgomery
//! form](https://www.ams.org/journals/mcom/1985-44-170/S0025-5718-1985-0777282-X/): x stands for x
//! / 2^1024.
//!
//! No step branches on a bit of the number, and no address depends on one: what depends on a bit is
//! computed always and chosen with a mask, so the time is the same for every number. The scratch
//! memory is on the stack, which `stack` wipes after the whole search.

use crypto_bigint::U1024;

const WORDS: usize = 16;

/// Words of 64 bits, the lowest first.
pub(super) type Number = [u64; WORDS];

/// Returns whether `2^(n-1) mod n` is 1. No prime fails, and hardly a composite passes.
///
/// The number must be odd and have its top bit set; of others the result says nothing.
pub(super) fn may_be_prime(n: &U1024) -> bool {
    let modulus = Modulus::new(words(n));
    let mut power = modulus.double(&modulus.one);
    for shift in (0..U1024::BITS - 1).rev() {
        let square = modulus.square(&power);
        let doubled = modulus.double(&square);
        power = select(modulus.exponent_bit(shift), &doubled, &square);
    }
    let differences = power.iter().zip(&modulus.one).map(|(a, b)| a ^ b);
    differences.fold(0, |all, difference| all | difference) == 0
}

/// An odd number of 1024 bits to compute with.
struct Modulus {
    n: Number,
    /// -1/n modulo 2^64.
    inverse: u64,
    /// 1 in Montgomery form, `2^1024 mod n`.
    one: Number,
}

impl Modulus {
    fn new(n: Number) -> Self {
        let [lowest, ..] = n;
        // Newton's iteration: each round doubles the bits that are right, the first gives one.
        let inverse = (0..6).fold(1_u64, |inverse, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(lowest.wrapping_mul(inverse)))
        });
        // The top bit is set, so 2^1024 mod n = 2^1024 - n.
        let (one, _) = subtract(&[0; WORDS], &n);
        Self {
            n,
            inverse: inverse.wrapping_neg(),
            one,
        }
    }

    /// Returns a bit of n - 1, as a word: the same as of n, save the lowest.
    fn exponent_bit(&self, shift: u32) -> u64 {
        let word = self.n.get((shift / u64::BITS) as usize);
        let bit = word.map_or(0, |word| (word >> (shift % u64::BITS)) & 1);
        bit & u64::from(shift > 0)
    }

    fn double(&self, a: &Number) -> Number {
        let mut doubled = [0; WORDS];
        let mut carry = 0;
        for (doubled, a) in doubled.iter_mut().zip(a) {
            *doubled = (a << 1) | carry;
            carry = a >> 63;
        }
        self.subtract_if_reached(&doubled, carry)
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "all bounds are constants of the loops"
    )]
    #[inline(never)] // inlined, the loops above and below compete for registers
    fn square(&self, a: &Number) -> Number {
        let mut t = [0; 2 * WORDS];
        for i in 0..WORDS {
            let mut carry = 0;
            for j in i + 1..WORDS {
                (t[i + j], carry) = a[i].carrying_mul_add(a[j], t[i + j], carry);
            }
            t[i + WORDS] = carry;
        }
        // Twice the products of different words, and the squares of the words.
        let (mut top, mut carry) = (0, false);
        for i in 0..WORDS {
            let (low, high) = a[i].carrying_mul(a[i], 0);
            let (even, odd) = (t[2 * i], t[2 * i + 1]);
            (t[2 * i], carry) = ((even << 1) | top).carrying_add(low, carry);
            (t[2 * i + 1], carry) = ((odd << 1) | (even >> 63)).carrying_add(high, carry);
            top = odd >> 63;
        }
        self.reduce(t)
    }

    /// Returns `t / 2^1024`: adds multiples of n until the lower half is zero, and drops it.
    #[expect(
        clippy::indexing_slicing,
        reason = "all bounds are constants of the loops"
    )]
    #[inline(always)]
    fn reduce(&self, mut t: [u64; 2 * WORDS]) -> Number {
        let mut above = false;
        for i in 0..WORDS {
            let multiple = t[i].wrapping_mul(self.inverse);
            let mut carry = 0;
            for j in 0..WORDS {
                (t[i + j], carry) = multiple.carrying_mul_add(self.n[j], t[i + j], carry);
            }
            (t[i + WORDS], above) = t[i + WORDS].carrying_add(carry, above);
        }
        let mut upper = [0; WORDS];
        upper.copy_from_slice(&t[WORDS..]);
        self.subtract_if_reached(&upper, u64::from(above))
    }

    /// Brings `carry · 2^1024 + a`, below 2n, below n.
    #[inline(always)]
    fn subtract_if_reached(&self, a: &Number, carry: u64) -> Number {
        let (difference, borrow) = subtract(a, &self.n);
        select((carry ^ 1) & borrow, a, &difference)
    }
}

/// Returns `a - b` modulo 2^1024, and the borrow as a word.
#[inline(always)]
fn subtract(a: &Number, b: &Number) -> (Number, u64) {
    let mut difference = [0; WORDS];
    let mut borrow = false;
    for (difference, (a, b)) in difference.iter_mut().zip(a.iter().zip(b)) {
        (*difference, borrow) = a.borrowing_sub(*b, borrow);
    }
    (difference, u64::from(borrow))
}

/// Returns `yes` if the bit is 1, `no` if it is 0, without a branch.
#[inline(always)]
fn select(bit: u64, yes: &Number, no: &Number) -> Number {
    // The black box hides that the mask has two values only, or it may be made a branch again.
    let mask = std::hint::black_box(bit.wrapping_neg());
    let mut selected = [0; WORDS];
    for (selected, (yes, no)) in selected.iter_mut().zip(yes.iter().zip(no)) {
        *selected = (yes & mask) | (no & !mask);
    }
    selected
}

/// Returns the words of a number on machines of any width, the lowest first.
pub(super) fn words(n: &U1024) -> Number {
    let mut words = [0; WORDS];
    let bytes = n.to_le_bytes();
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use chacha20::rand_core::SeedableRng;
    use crypto_bigint::Odd;
    use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
    use crypto_primes::{Flavor, random_prime};
    use proptest::prelude::*;

    use super::*;

    type Params = FixedMontyParams<{ U1024::LIMBS }>;
    type Form = FixedMontyForm<{ U1024::LIMBS }>;

    const TOP_AND_LOWEST: U1024 = U1024::ONE.shl_vartime(1023).bitor(&U1024::ONE);

    /// Returns the least modulus, the greatest, and any.
    fn modulus() -> impl Strategy<Value = U1024> {
        prop_oneof![
            Just(TOP_AND_LOWEST),
            Just(U1024::MAX),
            number().prop_map(|n| n | TOP_AND_LOWEST),
        ]
    }

    fn number() -> impl Strategy<Value = U1024> {
        any::<[u8; 128]>().prop_map(|bytes| U1024::from_be_slice(&bytes))
    }

    fn params(n: &U1024) -> Params {
        Params::new_vartime(Odd::new(*n).unwrap())
    }

    /// Answers the same question by the library's arithmetic.
    fn library_may_be_prime(n: &U1024) -> bool {
        let two = Form::new(&U1024::from_u64(2), &params(n));
        two.pow(&n.wrapping_sub(&U1024::ONE)).retrieve() == U1024::ONE
    }

    proptest! {
        #[test]
        fn squares_and_doublings_are_the_library_s(n in modulus(), a in number()) {
            let modulus = Modulus::new(words(&n));
            let greatest = n.wrapping_sub(&U1024::ONE);
            let a = a.rem_vartime(&n.to_nz().unwrap());
            for a in [a, greatest, U1024::ZERO, U1024::ONE] {
                let form = Form::from_montgomery(a, &params(&n));
                let a = words(&a);
                prop_assert_eq!(modulus.square(&a), words(form.square().as_montgomery()));
                prop_assert_eq!(modulus.double(&a), words(form.double().as_montgomery()));
            }
            prop_assert_eq!(modulus.one, words(Form::one(&params(&n)).as_montgomery()));
        }

        #[test]
        fn any_number_is_judged_as_the_library_judges_it(n in modulus()) {
            prop_assert_eq!(may_be_prime(&n), library_may_be_prime(&n));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn a_prime_is_never_thrown_out_and_its_neighbours_are(seed in any::<[u8; 32]>()) {
            let mut generator = ChaCha20Rng::from_seed(seed);
            let prime: U1024 = random_prime(&mut generator, Flavor::Any, 1024);
            prop_assert!(may_be_prime(&prime));
            let two = U1024::from_u64(2);
            for neighbour in [prime.wrapping_sub(&two), prime.wrapping_add(&two)] {
                prop_assert_eq!(may_be_prime(&neighbour), library_may_be_prime(&neighbour));
            }
        }
    }

    #[test]
    fn of_the_known_candidates_the_two_primes_pass() {
        let candidates = include_str!("../../tests/vectors/cctv-rsa.bench.2048.txt").lines();
        let numbered = (1..).zip(candidates.map(U1024::from_be_hex));
        let passed = numbered.filter(|(_, candidate)| may_be_prime(candidate));
        assert_eq!(passed.map(|(line, _)| line).collect::<Vec<_>>(), [354, 708]);
    }
}
