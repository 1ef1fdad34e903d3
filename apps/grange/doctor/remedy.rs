//! What to add to the command line, in the words of the launcher at hand.

use super::starter::Starter;

impl Starter {
    /// Binds nothing: every rank gets all cores of its node.
    pub fn unbind(self) -> String {
        match self {
            Starter::OpenMpi => "add --bind-to none".into(),
            Starter::Hydra => "add -bind-to none".into(),
            Starter::Intel => "add -genv I_MPI_PIN off".into(),
            Starter::Srun => "add --cpu-bind=none".into(),
            Starter::Other => "tell the launcher to bind nothing".into(),
            Starter::Nobody => "start it without taskset, in a shell that is not bound".into(),
        }
    }

    /// Gives each rank `cores` of its own.
    pub fn each(self, cores: u32) -> Option<String> {
        match self {
            Starter::OpenMpi => Some(format!("--map-by slot:PE={cores} --bind-to core")),
            Starter::Hydra => Some(format!("-bind-to core:{cores}")),
            Starter::Intel => Some(format!("-genv I_MPI_PIN_DOMAIN {cores}")),
            Starter::Srun => Some(format!("-c {cores}")),
            Starter::Other | Starter::Nobody => None,
        }
    }

    /// At most so many ranks a node.
    pub fn per_node(self, ranks: u32) -> String {
        match self {
            Starter::OpenMpi => format!("--map-by ppr:{ranks}:node"),
            Starter::Hydra | Starter::Intel => format!("-ppn {ranks}"),
            Starter::Srun => format!("--ntasks-per-node={ranks}"),
            Starter::Other | Starter::Nobody => format!("{ranks} ranks a node"),
        }
    }

    /// One rank a NUMA node, with its cores; `numa` of these a node.
    pub fn numa(self, numa: usize) -> String {
        match self {
            Starter::OpenMpi => {
                "start one rank a NUMA node: --map-by ppr:1:numa --bind-to numa".into()
            }
            Starter::Hydra => format!("start one rank a NUMA node: -ppn {numa} -bind-to numa"),
            Starter::Intel => {
                format!("start one rank a NUMA node: -ppn {numa} -genv I_MPI_PIN_DOMAIN numa")
            }
            Starter::Srun => {
                format!("start one rank a NUMA node: --ntasks-per-node={numa} --cpu-bind=ldoms")
            }
            Starter::Other => "start one rank a NUMA node, bound to its cores".into(),
            Starter::Nobody => format!(
                "start one rank a NUMA node, under the MPI library's launcher: -n {numa} and its option that \
                 binds to NUMA nodes"
            ),
        }
    }
}
