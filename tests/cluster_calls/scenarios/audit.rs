//! Calls whose grains are computed again.

use super::{Run, number, wait_for};
use grange::{Error, Pool, Reduce, Sum};
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

pub const ALL: &[(&str, Run)] = &[("audited", audited)];

/// How often each last digit comes.
struct LastDigits;

impl Reduce<u64> for LastDigits {
    // Its entries are written in another order in every process.
    type Acc = HashMap<u64, u64>;
    type Output = Vec<u64>;
    const EXACT: bool = true;

    fn identity(&self) -> Self::Acc {
        HashMap::new()
    }

    fn fold(&self, acc: &mut Self::Acc, x: u64) {
        *acc.entry(x % 10).or_default() += 1;
    }

    fn combine(&self, mut left: Self::Acc, right: Self::Acc) -> Self::Acc {
        for (digit, n) in right {
            *left.entry(digit).or_default() += n;
        }
        left
    }

    fn finish(&self, acc: Self::Acc) -> Result<Vec<u64>, Error> {
        let count = |digit| acc.get(&digit).copied().unwrap_or_default();
        Ok((0..10).map(count).collect())
    }

    fn empty(&self) -> Result<Vec<u64>, Error> {
        Ok(vec![0; 10])
    }
}

/// SHARE KIND ITEMS: every item takes half a millisecond.
fn audited(pool: &Pool, args: &[String]) -> Result<(), Error> {
    let share: f64 = args[0].parse().map_err(Error::user)?;
    let items = number(args, 2);
    let work = || pool.range(0..items).grain(2).audit(share);
    // FILE RANK: nobody goes on before that rank has begun an item, so that it has a part in the work.
    let file = args.get(3).map(PathBuf::from);
    let (rank, first) = (pool.rank(), args.get(4).map(|_| number(args, 4)));
    let slow = |x: u64| {
        if let Some(file) = &file {
            match first == Some(rank as u64) {
                true => drop(fs::write(file, "")),
                false => wait_for(file),
            }
        }
        thread::sleep(Duration::from_micros(500));
        x
    };
    let text = match args[1].as_str() {
        "sum" => format!("{}", work().map_reduce_each(slow, Sum)?),
        "float" => {
            let part = |x: u64| 1.0 / (slow(x) as f64 + 1.0);
            let sum: f64 = work().map_reduce_each(part, Sum)?;
            format!("{:016x}", sum.to_bits())
        }
        "deferred" => {
            let sum: u64 = work().deferred().map_reduce_each(slow, Sum)?;
            format!("{sum}")
        }
        "map" => {
            let squares = work().map(|x| slow(x) * x)?.everywhere()?;
            format!("{} {}", squares.len(), squares.iter().sum::<u64>())
        }
        "imap" => {
            let sum = work()
                .imap(slow)
                .drive(|values| Ok::<u64, Error>(values.sum()))?;
            format!("{sum}")
        }
        "take" => {
            // Nobody asks for more than there is.
            let all = usize::try_from(items).unwrap_or_default();
            let sum = work()
                .imap(slow)
                .drive(|values| Ok::<u64, Error>(values.take(all).sum()))?;
            format!("{sum}")
        }
        "amap" => {
            let values = work().amap(slow).drive(|handle| handle.get())?;
            format!("{}", values.iter().sum::<u64>())
        }
        "first" => format!("{:?}", work().find_first(|&x| slow(x) >= items / 2)?),
        "any" => format!("{:?}", work().find_any(|&x| slow(x) == items / 2)?),
        "nowhere" => format!("{:?}", work().find_first(|&x| slow(x) > items)?),
        "counted" => {
            let counts = work().map_reduce_each(slow, LastDigits)?;
            format!("{counts:?}")
        }
        "rank" => {
            let rank = pool.rank() as u64;
            format!("{}", work().map_reduce_each(|x| slow(x) + rank, Sum)?)
        }
        "panics" => {
            // On the first rank only.
            let sound = pool.rank() == 0;
            let trips = |x: u64| {
                // Rank 0 waits for the other as well.
                let x = slow(x);
                assert!(sound || x != 7, "seven");
            };
            let values = work().map(trips)?.everywhere()?;
            format!("{}", values.len())
        }
        "each" => {
            work().for_each(|x| {
                slow(x);
            })?;
            "done".into()
        }
        other => return Err(Error::user(format!("no kind {other}"))),
    };
    pool.print(format_args!("{text}"))
}
