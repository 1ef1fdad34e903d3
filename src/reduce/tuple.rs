//! Several reductions in one pass: a tuple of reducers over tuples of values.

use super::Reduce;
use crate::error::Error;

macro_rules! tuple {
    ($($r:ident $v:ident $i:tt),+) => {
        impl<$($v, $r: Reduce<$v>),+> Reduce<($($v,)+)> for ($($r,)+) {
            type Acc = ($($r::Acc,)+);
            type Output = ($($r::Output,)+);
            const EXACT: bool = $($r::EXACT)&&+;
            const COMMUTATIVE: bool = $($r::COMMUTATIVE)&&+;
            const MAX_GRAINS: u64 = {
                let mut least = u64::MAX;
                $(if $r::MAX_GRAINS < least {
                    least = $r::MAX_GRAINS;
                })+
                least
            };

            fn identity(&self) -> Self::Acc {
                ($(self.$i.identity(),)+)
            }

            fn fold(&self, acc: &mut Self::Acc, value: ($($v,)+)) {
                $(self.$i.fold(&mut acc.$i, value.$i);)+
            }

            fn combine(&self, left: Self::Acc, right: Self::Acc) -> Self::Acc {
                ($(self.$i.combine(left.$i, right.$i),)+)
            }

            fn finish(&self, acc: Self::Acc) -> Result<Self::Output, Error> {
                Ok(($(self.$i.finish(acc.$i)?,)+))
            }

            fn empty(&self) -> Result<Self::Output, Error> {
                Ok(($(self.$i.empty()?,)+))
            }
        }
    };
}

tuple!(R0 V0 0, R1 V1 1);
tuple!(R0 V0 0, R1 V1 1, R2 V2 2);
tuple!(R0 V0 0, R1 V1 1, R2 V2 2, R3 V3 3);
