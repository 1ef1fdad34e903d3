//! Which launcher it is, from its own words.

/// A launcher by the options that it takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Open MPI's, of this major version.
    OpenMpi(u32),
    /// MPICH's Hydra.
    Mpich,
    /// Intel's.
    IntelMpi,
    /// Takes `-n`, as far as is known.
    Other,
    /// Slurm's, with the plugin for MPI that is to be named.
    Srun(Option<&'static str>),
    /// A line of the user's.
    Line,
}

/// What a launcher says of its version tells what it is.
pub fn recognize(text: &str) -> (Kind, String) {
    let line = |word: &str| text.lines().find(|line| line.contains(word)).map(str::trim);
    if let Some(line) = line("Open MPI").or(line("OpenRTE")).or(line("PRRTE")) {
        let number = line.split_whitespace().find_map(|word| {
            let (major, _) = word.split_once('.')?;
            major.parse().ok()
        });
        // Of PRRTE alone the numbers are other ones; it takes the options of version 5.
        let major = if line.contains("PRRTE") {
            5
        } else {
            number.unwrap_or(4)
        };
        return (Kind::OpenMpi(major), line.into());
    }
    if let Some(line) = line("Intel") {
        return (Kind::IntelMpi, line.into());
    }
    if text.contains("HYDRA") || text.contains("MPICH") {
        let version = line("Version:").and_then(|line| line.split_once(':'));
        let version = version.map_or("", |(_, version)| version.trim());
        return (Kind::Mpich, format!("MPICH {version}").trim().into());
    }
    let first = text.lines().next().unwrap_or("").trim();
    (Kind::Other, first.into())
}

/// Whether a launcher is of the MPI library that a program of grange's names in its version.
pub fn belongs(kind: &Kind, version: &str) -> bool {
    match kind {
        Kind::OpenMpi(_) => version.contains("Open MPI"),
        Kind::IntelMpi => version.contains("Intel"),
        Kind::Mpich => version.contains("MPICH"),
        Kind::Other | Kind::Srun(_) | Kind::Line => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launchers_say_what_they_are() {
        for (text, kind, version) in [
            (
                "mpirun (Open MPI) 4.1.4\n\nReport bugs to",
                Kind::OpenMpi(4),
                "mpirun (Open MPI) 4.1.4",
            ),
            (
                "mpirun (Open MPI) 5.0.11\n",
                Kind::OpenMpi(5),
                "mpirun (Open MPI) 5.0.11",
            ),
            (
                "prterun (PRRTE) 3.0.1\n",
                Kind::OpenMpi(5),
                "prterun (PRRTE) 3.0.1",
            ),
            (
                "HYDRA build details:\n    Version:       4.0.2\n",
                Kind::Mpich,
                "MPICH 4.0.2",
            ),
            (
                "Intel(R) MPI Library for Linux* OS, Version 2021.9\n",
                Kind::IntelMpi,
                "Intel(R) MPI Library for Linux* OS, Version 2021.9",
            ),
            ("mine 1\n", Kind::Other, "mine 1"),
        ] {
            assert_eq!(recognize(text), (kind, version.to_owned()));
        }
        let of = "sum_primes 0.1.0 (grange 0.1.0, MPICH 4.0.2)";
        assert!(belongs(&Kind::Mpich, of) && !belongs(&Kind::OpenMpi(4), of));
    }
}
