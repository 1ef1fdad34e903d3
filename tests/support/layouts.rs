//! Ranks and threads that results must not depend on.

/// Ranks and threads of each.
pub const LAYOUTS: [(u32, u32); 12] = [
    (1, 1),
    (1, 2),
    (2, 1),
    (2, 2),
    (3, 1),
    (3, 2),
    (5, 1),
    (5, 2),
    (8, 1),
    (8, 2),
    (16, 1),
    (16, 2),
];
