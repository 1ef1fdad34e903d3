//! Lists, and several of them at once.

use super::Source;
use crate::error::Error;

/// The elements of a slice, by reference.
#[derive(Clone, Copy, Debug)]
pub struct List<'a, T>(pub(crate) &'a [T]);

impl<'a, T: Sync> Source for List<'a, T> {
    type Item = &'a T;

    fn count(&self) -> Result<u128, Error> {
        Ok(self.0.len() as u128)
    }

    fn get(&self, index: u128) -> &'a T {
        &self.0[index as usize]
    }
}

/// Several lists side by side: the first elements together, the second, and so on.
#[derive(Clone, Copy, Debug)]
pub struct Zip<L>(pub(crate) L);

/// Every combination of elements of several lists; the last list varies fastest.
#[derive(Clone, Copy, Debug)]
pub struct Product<L>(pub(crate) L);

macro_rules! several {
    ($($t:ident $i:tt),+) => {
        impl<'a, $($t: Sync),+> Source for Zip<($(&'a [$t],)+)> {
            type Item = ($(&'a $t,)+);

            fn count(&self) -> Result<u128, Error> {
                let lengths = [$(self.0.$i.len()),+];
                if lengths.iter().any(|&n| n != lengths[0]) {
                    let text = lengths.map(|n| n.to_string()).join(", ");
                    return Err(Error::Usage(format!("lists to be zipped have unequal lengths: {text}")));
                }
                Ok(lengths[0] as u128)
            }

            fn get(&self, index: u128) -> Self::Item {
                ($(&self.0.$i[index as usize],)+)
            }
        }

        impl<'a, $($t: Sync),+> Source for Product<($(&'a [$t],)+)> {
            type Item = ($(&'a $t,)+);

            fn count(&self) -> Result<u128, Error> {
                [$(self.0.$i.len() as u128),+]
                    .into_iter()
                    .try_fold(1u128, u128::checked_mul)
                    .ok_or_else(|| Error::Usage("the product of the lists has 2^128 combinations or more".into()))
            }

            fn get(&self, index: u128) -> Self::Item {
                let lengths = [$(self.0.$i.len() as u128),+];
                let mut at = [0usize; [$($i),+].len()];
                let mut rest = index;
                for (at, n) in at.iter_mut().zip(lengths).rev() {
                    *at = (rest % n) as usize;
                    rest /= n;
                }
                ($(&self.0.$i[at[$i]],)+)
            }
        }
    };
}

several!(A 0, B 1);
several!(A 0, B 1, C 2);
several!(A 0, B 1, C 2, D 3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zip_and_product() {
        let (a, b) = ([1, 2, 3], ["x", "y"]);
        let product = Product((&a[..], &b[..]));
        let all: Vec<_> = (0..product.count().unwrap())
            .map(|i| product.get(i))
            .collect();
        assert_eq!(
            all,
            [
                (&1, &"x"),
                (&1, &"y"),
                (&2, &"x"),
                (&2, &"y"),
                (&3, &"x"),
                (&3, &"y")
            ]
        );
        assert_eq!(
            Zip((&a[..], &b[..])).count(),
            Err(Error::Usage(
                "lists to be zipped have unequal lengths: 3, 2".into()
            ))
        );
        assert_eq!(Zip((&a[..], &a[..])).get(1), (&2, &2));
        assert_eq!(Product((&a[..], &[] as &[u8])).count(), Ok(0));
    }
}
