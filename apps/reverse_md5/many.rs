//! The search for all digests of a file.

use crate::kernel::{self, Digest, Hit, Path, Searcher, Space, Targets};
use grange::{Concat, Error, Pool, fingerprint, isa};
use std::sync::Arc;

/// Candidates of the first part. A later one has half of what was searched before it, so that little is
/// searched in vain once all are found.
const FIRST_PART: u128 = 1 << 26;

/// For each digest the number of the first candidate from `start` to before `end` that has it, if there is
/// one. Goes on until all are found, part by part.
pub fn search(
    pool: &Pool,
    space: &Arc<Space>,
    digests: &[Digest],
    (start, end): (u128, u128),
) -> Result<Vec<Option<u128>>, Error> {
    let version = fingerprint(&digests)?;
    let mut found = vec![None; digests.len()];
    let mut from = start;
    while from < end {
        let missing: Vec<usize> = (0..digests.len()).filter(|&i| found[i].is_none()).collect();
        if missing.is_empty() {
            break;
        }
        let part = ((from - start) / 2).clamp(FIRST_PART, kernel::MOST);
        let to = end.min(from.saturating_add(part));
        let targets = Targets::new(missing.iter().map(|&i| digests[i]).collect());
        let work = pool.range(from..to).name("search for the digests");
        for hit in hits(work.version(&version), pool, (from, to), space, targets)? {
            found[missing[hit.target as usize]].get_or_insert(hit.index);
        }
        from = to;
    }
    Ok(found)
}

/// The hits of a part, in order.
fn hits(
    work: grange::Workload<'_, grange::Range<u128>>,
    pool: &Pool,
    (from, to): (u128, u128),
    space: &Arc<Space>,
    targets: Targets,
) -> Result<Vec<Hit>, Error> {
    let work = match pool.has_grain() {
        true => work,
        // What the digests ask of a tail is worked out once a grain: fewer of them than for one digest.
        false => work.grain((4 * kernel::grain(from, to - 1)).min(kernel::LONGEST_GRAIN)),
    };
    let (targets, path) = (Arc::new(targets), Path::of(isa::current()));
    work.map_init(|| Searcher::over(Arc::clone(space), Arc::clone(&targets), path))
        .map_reduce(
            |searcher, items| match items.range() {
                Some(window) => {
                    searcher.find_all(*window.start(), *window.end(), || items.is_stopped())
                }
                None => Vec::new(),
            },
            Concat,
        )
}
