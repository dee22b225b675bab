//! Dice with a seed (splitmix64): they fall the same way each time, for what is played again. Secrets
//! come from [`Chance`](crate::base::Chance).

/// A row of throws.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of somebody's own: whoever else throws, his fall the same way.
    pub fn of(name: &str, seed: u64) -> Self {
        let fold = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        Self(name.bytes().fold(0xCBF2_9CE4_8422_2325 ^ seed, fold))
    }

    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Between 0 and 1.
    pub fn share(&mut self) -> f64 {
        let thrown = u32::try_from(self.throw() >> 32).unwrap_or(0);
        f64::from(thrown) / f64::from(u32::MAX)
    }

    /// Less than `bound`, which is not 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.throw() % u64::from(bound.max(1))).unwrap_or(0)
    }

    /// A place in a list of so many, at least one.
    pub fn index(&mut self, len: usize) -> usize {
        let bound = u32::try_from(len).unwrap_or(u32::MAX);
        usize::try_from(self.below(bound)).unwrap_or(0)
    }

    /// Nothing out of nothing, and then without a throw.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() {
            return None;
        }
        from.get(self.index(from.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_throws_of_his_own_and_has_them_again() {
        let shares = |name, seed| {
            let mut dice = Dice::of(name, seed);
            [dice.share(), dice.share(), dice.share()]
        };

        assert_eq!(shares("ann", 1), shares("ann", 1));
        assert_ne!(shares("ann", 1), shares("ann", 2));
        assert_ne!(shares("ann", 1), shares("ivy", 1));
        assert!(shares("ann", 1).iter().all(|share| (0.0..=1.0).contains(share)));
    }

    #[test]
    fn each_of_a_list_is_picked_and_nothing_else() {
        let mut dice = Dice::new(7);
        let picked: Vec<u32> = (0..100).filter_map(|_| dice.pick(&[1, 2, 3]).copied()).collect();

        assert_eq!(picked.len(), 100);
        assert!([1, 2, 3].iter().all(|one| picked.contains(one)));
        assert_eq!(dice.pick::<u32>(&[]), None);
    }
}
