//! In which order a filled template has its fields.
//!
//! As recorded on AWS: fields whose key is plain stand first, in the order of the text; those with `.$` follow in the order in
//! which Java's `HashMap` goes through their names. Nothing in JSON depends on it, but an output is compared and hashed as
//! the text that it is.

/// Java's smallest table.
const BUCKETS_MIN: u32 = 16;

/// Where a name comes among `count` names of a `HashMap`; equal for names whose order is that in which they were put in.
#[must_use]
pub fn bucket(name: &str, count: usize) -> u32 {
    let hash = name.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(u32::from(unit)));
    (hash ^ (hash >> 16)) & (buckets(count) - 1)
}

/// The table's size: it doubles when it is more than three quarters full.
fn buckets(count: usize) -> u32 {
    let mut buckets = BUCKETS_MIN;
    while count > buckets as usize / 4 * 3 && buckets < 1 << 30 {
        buckets *= 2;
    }
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hashed_as_java_hashes_them() {
        // "Aa" and "BB" have one hash in Java, 2112.
        assert_eq!((bucket("Aa", 2), bucket("BB", 2), bucket("", 2)), (2112 % 16, 2112 % 16, 0));
        assert_eq!((bucket("a", 2), bucket("q", 2), bucket("q", 13)), (1, 1, 17));
        assert_eq!((buckets(12), buckets(13), buckets(24), buckets(25)), (16, 32, 32, 64));
    }
}
