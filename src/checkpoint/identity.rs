//! Which call is which, over any number of runs.

/// What identifies a call over any number of runs. Threads, ranks, schedule, time limits and the binary's hash take no part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user's name for the call or, without one, its kind and file: "map_reduce in src/main.rs".
    pub key: String,
    /// How many calls with this key came before it in this run.
    pub occurrence: u32,
    /// Where it stands (file:line:column), for people; a change of it only matters to nobody.
    pub place: String,
    /// How many items there are.
    pub items: u128,
    /// How many items a grain has.
    pub grain: u128,
    /// How many grains there are.
    pub grains: u64,
    /// Names of the value's, the reducer's and the item's types.
    pub types: String,
    /// Hash of what is computed over.
    pub inputs: u64,
    /// Set by the user ("" if not): the program's arguments, a version of the model.
    pub version: String,
    /// What a row is.
    pub rows: RowKind,
}

/// What the rows of a call are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Nodes of the reduction tree: level, index, value. Few; replaced as a whole.
    Nodes,
    /// One value an item: level is 0, index is the number of the item. Many; appended.
    Items,
    /// The best hit of a search: level 0, index the grain. Replaced.
    Hits,
    /// Jobs: index is the number of the job or the hash of its key; value is its record. Many; appended.
    Jobs,
}

impl RowKind {
    /// Whether there may be so many rows that old ones are put aside.
    pub fn is_many(self) -> bool {
        matches!(self, RowKind::Items | RowKind::Jobs)
    }

    /// What a file calls it.
    pub fn name(self) -> &'static str {
        match self {
            RowKind::Nodes => "nodes",
            RowKind::Items => "items",
            RowKind::Hits => "hits",
            RowKind::Jobs => "jobs",
        }
    }

    /// What has that name.
    #[cfg(feature = "hdf5")]
    pub fn of(name: &str) -> Option<Self> {
        let all = [RowKind::Nodes, RowKind::Items, RowKind::Hits, RowKind::Jobs];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

impl Identity {
    /// As a file keeps it: HDF5's texts end at a NUL.
    pub fn storable(&self) -> Self {
        Identity {
            key: storable(&self.key),
            place: storable(&self.place),
            types: storable(&self.types),
            version: storable(&self.version),
            ..self.clone()
        }
    }

    /// Whether it is the same call, perhaps of another program text.
    pub fn is_same_call(&self, other: &Identity) -> bool {
        (&self.key, self.occurrence) == (&other.key, other.occurrence)
    }

    /// How this differs from what a file has of the same call, in words: "items: 100 there, 200 here".
    pub fn differences(&self, there: &Identity) -> Vec<String> {
        let mut words = Vec::new();
        let mut see = |what: &str, there: String, here: String| {
            if there != here {
                words.push(format!("{what}: {there} there, {here} here"));
            }
        };
        let quoted = |text: &str| format!("\"{text}\"");
        see("rows", there.rows.name().into(), self.rows.name().into());
        see("items", there.items.to_string(), self.items.to_string());
        see(
            "items a grain",
            there.grain.to_string(),
            self.grain.to_string(),
        );
        see("grains", there.grains.to_string(), self.grains.to_string());
        see("types", quoted(&there.types), quoted(&self.types));
        see("version", quoted(&there.version), quoted(&self.version));
        if there.inputs != self.inputs {
            words.push("other inputs".to_owned());
        }
        words
    }
}

/// A text without NUL.
pub fn storable(text: &str) -> String {
    text.replace('\0', "\u{2400}")
}
