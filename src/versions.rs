//! What this program is built with.

/// Version of grange, of the MPI library and of HDF5, on one line: `grange 0.1.0, Open MPI v4.1.4, HDF5
/// 1.10.8`, as far as they are built in.
pub fn text() -> String {
    let parts = [
        Some(concat!("grange ", env!("CARGO_PKG_VERSION")).to_owned()),
        mpi(),
        hdf5(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(feature = "mpi")]
fn mpi() -> Option<String> {
    Some(crate::comm::mpi::library())
}

#[cfg(not(feature = "mpi"))]
fn mpi() -> Option<String> {
    None
}

/// Version of HDF5, if it is built in.
#[cfg(feature = "hdf5")]
pub fn hdf5() -> Option<String> {
    let (major, minor, release) = hdf5::library_version();
    Some(format!("HDF5 {major}.{minor}.{release}"))
}

/// Version of HDF5, if it is built in.
#[cfg(not(feature = "hdf5"))]
pub fn hdf5() -> Option<String> {
    None
}
