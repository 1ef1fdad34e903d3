//! What runs on the hosts: a sum of floats whose bits tell in what order they were added, with a checkpoint.

use grange::{Builder, Error, Sum};
use std::path::Path;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use crate::hosts::me;
use crate::support::run::Run;

const ITEMS: u64 = 2_000;

/// `FILE PACE`: one rank, which takes PACE milliseconds an item.
pub fn main(args: &[String]) -> ExitCode {
    let [file, pace] = args else {
        eprintln!("cluster_hosts work FILE PACE");
        return ExitCode::from(2);
    };
    let pace = Duration::from_millis(pace.parse().unwrap_or(0));
    let var = |name: &str| std::env::var(name).ok();
    Builder::new()
        .elastic(var("ELASTIC").map(Into::into))
        .join(var("JOIN"))
        .listen(var("LISTEN"))
        .discover(var("DISCOVER").and_then(|port| port.parse().ok()))
        .secret(var("SECRET").map(Into::into))
        .checkpoint(Some(file.into()))
        .checkpoint_every(Duration::from_millis(100))
        .run(|pool| {
            let sum: f64 = pool
                .range(0..ITEMS)
                .name("waves")
                .grain(2)
                .map_reduce_each(
                    |x| {
                        // Time that passes at the same pace on a busy machine.
                        sleep(pace);
                        (x as f64 * 0.731).sin() * 1e3
                    },
                    Sum,
                )?;
            pool.print(format_args!("{:016x}", sum.to_bits()))?;
            Ok::<_, Error>(())
        })
}

/// As a command of `run`, which is a launcher.
pub fn by(run: Run, file: &Path, pace: u32) -> Run {
    let run = run.arg(me()).arg("work").arg(file);
    run.arg(pace.to_string())
}

/// What it prints if nothing happens, on one process.
pub fn expected(folder: &Path) -> String {
    let run = Run::new(me()).arg("work").arg(folder.join("alone.h5"));
    run.arg("0").finish().ok().stdout
}
