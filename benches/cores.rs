//! What two cores give: each program on one thread, on two, on two ranks of a thread each, and twice at once.
//!
//! ```text
//! cargo bench --bench cores --no-default-features
//! cargo bench --bench cores               with two ranks as well, where there is mpirun
//! ```
//!
//! The layouts take turns, `ROUNDS=3` times, and medians of the ratios of neighbours in time are printed:
//!
//! - *work*: the CPU time of the layout over that of one thread. What is above 1 is what cutting up the work, talking
//!   and sharing caches costs, and idle threads that look for work. It can be measured while others use the machine.
//! - *speed-up*: the time on the clock of one thread over that of the layout. It means something on two idle cores only.
//!
//! Two runs at once that have nothing to do with one another do twice the work, and are taken to have done half of it:
//! what they gain is what the machine has to give.
//!
//! The time that each layout takes for next to nothing, of which most is `mpirun`'s, is taken off both sides.
//! Kernels run one after another are `benches/sieve.rs` and such.

#[path = "tasks/ended.rs"]
mod ended;
#[path = "tasks/median.rs"]
mod median;

use ended::used;
use median::median;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Each takes some eight seconds on one core or, at 1e15, where setting up takes longer, 24. Beside that the start of
/// ranks, which differs from run to run by tenths of a second, is little.
const PROGRAMS: [(&str, &str, &str); 7] = [
    ("sum_primes", "1e11", "100"),
    ("sum_primes", "--from 1e12 1.06e12", "100"),
    ("sum_primes", "--from 1e15 1.00008e15", "100"),
    (
        "reverse_md5",
        // The last of them: a search that finds nothing ends in an error, for which `mpirun` takes seconds.
        "--end 7e9 8954d50584ddb85dd6f4ea58e9fbfccf",
        "--end 2 c4ca4238a0b923820dcc509a6f75849b",
    ),
    ("partial_sum", "--end 4e12", "--end 100"),
    (
        "auto_diff",
        "--batch --parts 16384 --end 1e7",
        "--batch --end 10",
    ),
    ("auto_diff", "--parts 512 --end 1e7", "--end 10"),
];

#[derive(Clone, Copy)]
enum Layout {
    Threads(u32),
    Ranks(u32),
    /// So many runs at once, of one thread each.
    Apart(u32),
}

/// Seconds.
#[derive(Clone, Copy)]
struct Times {
    cpu: f64,
    clock: f64,
}

fn main() {
    let rounds = std::env::var("ROUNDS").map_or(Ok(3), |text| text.parse());
    let rounds = rounds.expect("ROUNDS is a number");
    let mut layouts = vec![Layout::Threads(1), Layout::Apart(2), Layout::Threads(2)];
    if cfg!(feature = "mpi") && timed(Layout::Ranks(2), "sum_primes", "100").is_some() {
        layouts.push(Layout::Ranks(2));
    } else {
        println!("no MPI, or no mpirun: two ranks are left out");
    }
    println!("{rounds} rounds in turns; medians");
    println!(
        "{:<42} {:>10} {:>8} {:>8} {:>6} {:>9}",
        "program", "layout", "CPU s", "clock s", "work", "speed-up"
    );
    for (program, arguments, nothing) in PROGRAMS {
        let mut times = vec![vec![]; layouts.len()];
        for _ in 0..rounds {
            for (layout, times) in layouts.iter().zip(&mut times) {
                let net = timed(*layout, program, arguments)
                    .zip(timed(*layout, program, nothing))
                    .map(|(all, start)| Times {
                        cpu: all.cpu - start.cpu,
                        clock: all.clock - start.clock,
                    });
                times.push(net.unwrap_or_else(|| panic!("{program} {arguments} failed")));
            }
        }
        for (layout, own) in layouts.iter().zip(&times) {
            let ratios = |ratio: fn(Times, Times) -> f64| {
                let pairs = times[0].iter().zip(own);
                median(pairs.map(|(one, own)| ratio(*one, *own)))
            };
            println!(
                "{:<42} {:>10} {:>8.3} {:>8.3} {:>6.3} {:>9.2}",
                format!("{program} {arguments}")
                    .chars()
                    .take(42)
                    .collect::<String>(),
                layout.name(),
                median(own.iter().map(|t| t.cpu)),
                median(own.iter().map(|t| t.clock)),
                ratios(|one, own| own.cpu / one.cpu),
                ratios(|one, own| one.clock / own.clock),
            );
        }
    }
}

impl Layout {
    fn name(self) -> String {
        match self {
            Layout::Threads(1) => "1 thread".to_owned(),
            Layout::Threads(n) => format!("{n} threads"),
            Layout::Ranks(n) => format!("{n} ranks"),
            Layout::Apart(n) => format!("{n} apart"),
        }
    }

    fn command(self, program: &str) -> Command {
        match self {
            Layout::Apart(_) => Layout::Threads(1).command(program),
            Layout::Threads(n) => {
                let mut command = Command::new(program);
                command.arg(format!("--threads={n}"));
                command
            }
            Layout::Ranks(n) => {
                let mut command = Command::new("mpirun");
                command.args(["-n", &n.to_string(), program, "--threads=1"]);
                // As `scripts/run` has it: any user, and ranks that are bound to no core.
                for (name, value) in [
                    ("OMPI_ALLOW_RUN_AS_ROOT", "1"),
                    ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"),
                    ("OMPI_MCA_hwloc_base_binding_policy", "none"),
                    ("PRTE_MCA_hwloc_default_binding_policy", "none"),
                    ("OMPI_MCA_rmaps_base_oversubscribe", "1"),
                    ("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe"),
                ] {
                    command.env(name, value);
                }
                command
            }
        }
    }
}

/// What a run took with all that it started; none if it could not be started, or failed.
fn timed(layout: Layout, program: &str, arguments: &str) -> Option<Times> {
    let mut command = layout.command(match program {
        "sum_primes" => env!("CARGO_BIN_EXE_sum_primes"),
        "reverse_md5" => env!("CARGO_BIN_EXE_reverse_md5"),
        "partial_sum" => env!("CARGO_BIN_EXE_partial_sum"),
        _ => env!("CARGO_BIN_EXE_auto_diff"),
    });
    command
        .args(["--progress", "never"])
        .args(arguments.split(' '));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let runs = if let Layout::Apart(n) = layout { n } else { 1 };
    let (cpu, clock) = (used(), Instant::now());
    let children: Vec<_> = (0..runs).map(|_| command.spawn().ok()).collect();
    // All of them are waited for, whether or not one has failed.
    let ended: Vec<_> = children
        .into_iter()
        .map(|child| child?.wait().ok())
        .collect();
    let each = Times {
        cpu: (used() - cpu) / f64::from(runs),
        clock: clock.elapsed().as_secs_f64() / f64::from(runs),
    };
    ended
        .iter()
        .all(|status| status.is_some_and(|s| s.success()))
        .then_some(each)
}
