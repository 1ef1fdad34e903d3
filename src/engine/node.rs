//! The reduction tree: why the bits are the same anywhere.
//!
//! Grain `i` is a leaf. A node at level `k`, index `j` covers the grains `j·2^k .. (j+1)·2^k`; at the
//! ragged right end a missing sibling is passed up as it is. Values are combined only between
//! siblings, left with right. So the number of grains alone fixes the shape of the computation.
//! This is the pairwise summation tree (Higham, *Accuracy and Stability of Numerical Algorithms*,
//! §4.1) with its shape nailed down.

use super::span::Span;
use std::collections::BTreeMap;

/// A vertex of the reduction tree over some number of grains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Height over the leaves.
    pub level: u8,
    /// Position within its level, from the left.
    pub index: u64,
}

impl Node {
    /// The leaf of one grain.
    pub fn leaf(grain: u64) -> Self {
        Node {
            level: 0,
            index: grain,
        }
    }

    /// The root of the tree over `grains` leaves.
    pub fn root(grains: u64) -> Self {
        let level = match grains {
            0 | 1 => 0,
            n => (64 - (n - 1).leading_zeros()) as u8,
        };
        Node { level, index: 0 }
    }

    /// The first grain that it covers.
    pub fn start(&self) -> u64 {
        if self.level >= 64 {
            0
        } else {
            self.index << self.level
        }
    }

    /// The grains that it covers in a tree over `grains` leaves.
    pub fn span(&self, grains: u64) -> Span {
        let end = (u128::from(self.index) + 1) << self.level;
        Span::new(self.start(), end.min(u128::from(grains)) as u64)
    }

    fn parent(&self) -> Node {
        Node {
            level: self.level + 1,
            index: self.index / 2,
        }
    }

    fn is_left(&self) -> bool {
        self.index.is_multiple_of(2)
    }

    /// Whether the two are siblings, `self` the left one.
    pub fn is_left_sibling_of(&self, other: &Node) -> bool {
        self.level == other.level && self.is_left() && other.index == self.index + 1
    }
}

/// A laminar set of nodes with their values: of any two nodes one contains the other or they are
/// disjoint, and only the larger is kept. Siblings coalesce as soon as both are there.
///
/// Returning something twice changes nothing: a node inside one that is there is dropped, a node
/// that contains some replaces them (they have the same bits).
#[derive(Clone, Debug)]
pub struct NodeSet<V> {
    grains: u64,
    /// By first grain.
    nodes: BTreeMap<u64, (u8, V)>,
}

impl<V> NodeSet<V> {
    /// The empty set in a tree over `grains` leaves.
    pub fn new(grains: u64) -> Self {
        NodeSet {
            grains,
            nodes: BTreeMap::new(),
        }
    }

    /// How many nodes are held; grows with the gaps, not with the grains.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no node is held.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The nodes, left to right.
    pub fn iter(&self) -> impl Iterator<Item = (Node, &V)> {
        self.nodes.iter().map(|(&start, (level, value))| {
            (
                Node {
                    level: *level,
                    index: start >> level,
                },
                value,
            )
        })
    }

    /// Takes every node out, left to right.
    pub fn drain(&mut self) -> impl Iterator<Item = (Node, V)> + use<V> {
        std::mem::take(&mut self.nodes)
            .into_iter()
            .map(|(start, (level, value))| {
                (
                    Node {
                        level,
                        index: start >> level,
                    },
                    value,
                )
            })
    }

    /// Whether the root is there, and so the whole.
    pub fn is_complete(&self) -> bool {
        self.grains == 0
            || self
                .nodes
                .get(&0)
                .is_some_and(|(level, _)| *level >= Node::root(self.grains).level)
    }

    /// The root's value, if the whole is there.
    pub fn into_root(mut self) -> Option<V> {
        if self.is_complete() {
            self.nodes.remove(&0).map(|(_, value)| value)
        } else {
            None
        }
    }

    /// The value of the tree without what is missing: a missing sibling is passed over, as at the ragged end.
    /// `None` if nothing is there.
    pub fn into_view(mut self, mut combine: impl FnMut(V, V) -> V) -> Option<V> {
        let root = Node::root(self.grains);
        let mut nodes: Vec<(Node, V)> = self.drain().collect();
        nodes.reverse();
        view(&mut nodes, root, self.grains, &mut combine)
    }

    /// Puts `node` in; combines siblings as far up as they are there.
    /// Returns whether the node was news.
    pub fn insert(&mut self, node: Node, value: V, combine: impl FnMut(V, V) -> V) -> bool {
        let span = node.span(self.grains);
        if span.is_empty() || self.contains(span) {
            return false;
        }
        // What lies inside is worth the same: the larger node replaces it.
        let inside: Vec<u64> = self
            .nodes
            .range(span.start..span.end)
            .map(|(&s, _)| s)
            .collect();
        for start in inside {
            self.nodes.remove(&start);
        }
        self.coalesce(node, value, combine);
        true
    }

    /// Whether one node covers all of `span`.
    pub fn contains(&self, span: Span) -> bool {
        self.nodes
            .range(..=span.start)
            .next_back()
            .is_some_and(|(&start, (level, _))| {
                Node {
                    level: *level,
                    index: start >> level,
                }
                .span(self.grains)
                .end >= span.end
            })
    }

    fn coalesce(&mut self, mut node: Node, mut value: V, mut combine: impl FnMut(V, V) -> V) {
        let top = Node::root(self.grains).level;
        while node.level < top {
            let parent = node.parent();
            let sibling = Node {
                level: node.level,
                index: node.index ^ 1,
            };
            if sibling.start() < self.grains {
                // Entry API would hold the borrow over the level test; two look-ups are clearer.
                match self.nodes.get(&sibling.start()) {
                    Some((level, _)) if *level == node.level => {}
                    _ => break,
                }
                let Some((_, other)) = self.nodes.remove(&sibling.start()) else {
                    break;
                };
                value = if node.is_left() {
                    combine(value, other)
                } else {
                    combine(other, value)
                };
            }
            node = parent;
        }
        self.nodes.insert(node.start(), (node.level, value));
    }
}

/// The value of `node` out of `nodes`, which are those from it on, the leftmost last.
fn view<V>(
    nodes: &mut Vec<(Node, V)>,
    node: Node,
    grains: u64,
    combine: &mut impl FnMut(V, V) -> V,
) -> Option<V> {
    let (next, _) = nodes.last()?;
    if next.start() >= node.span(grains).end {
        return None;
    }
    if next.level >= node.level {
        return nodes.pop().map(|(_, value)| value);
    }
    let child = |right: u64| Node {
        level: node.level - 1,
        index: 2 * node.index + right,
    };
    let left = view(nodes, child(0), grains, combine);
    let right = view(nodes, child(1), grains, combine);
    match (left, right) {
        (Some(left), Some(right)) => Some(combine(left, right)),
        (one, other) => one.or(other),
    }
}

/// Folds a left-to-right run of leaves into the fewest nodes, holding O(log n) values.
#[derive(Debug)]
pub struct RunFold<V> {
    stack: Vec<(Node, V)>,
}

impl<V> Default for RunFold<V> {
    fn default() -> Self {
        RunFold { stack: Vec::new() }
    }
}

impl<V> RunFold<V> {
    /// Adds the next leaf; combines completed siblings.
    pub fn push(&mut self, grain: u64, value: V, mut combine: impl FnMut(V, V) -> V) {
        let (mut node, mut value) = (Node::leaf(grain), value);
        while self
            .stack
            .last()
            .is_some_and(|(left, _)| left.is_left_sibling_of(&node))
        {
            let Some((left, left_value)) = self.stack.pop() else {
                break;
            };
            value = combine(left_value, value);
            node = left.parent();
        }
        self.stack.push((node, value));
    }

    /// The nodes, left to right.
    pub fn into_nodes(self) -> Vec<(Node, V)> {
        self.stack
    }
}

/// The fewest nodes that cover `span` exactly, left to right.
pub fn cover(span: Span) -> Vec<Node> {
    let mut out = Vec::new();
    let mut at = span.start;
    while at < span.end {
        let room = 63 - (span.end - at).leading_zeros();
        let level = at.trailing_zeros().min(room);
        out.push(Node {
            level: level as u8,
            index: at >> level,
        });
        at += 1 << level;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn combine(a: String, b: String) -> String {
        format!("({a}{b})")
    }

    /// The tree by its definition: split at the largest power of two below the length.
    fn by_definition(from: u64, n: u64) -> String {
        if n == 1 {
            return format!("<{from}>");
        }
        let half = 1u64 << Node::root(n).level.saturating_sub(1);
        combine(
            by_definition(from, half),
            by_definition(from + half, n - half),
        )
    }

    fn run_nodes(span: Span) -> Vec<(Node, String)> {
        let mut fold = RunFold::default();
        for g in span.start..span.end {
            fold.push(g, format!("<{g}>"), combine);
        }
        fold.into_nodes()
    }

    #[test]
    fn root_levels() {
        for (n, level) in [
            (1, 0),
            (2, 1),
            (3, 2),
            (4, 2),
            (5, 3),
            (1 << 20, 20),
            (u64::MAX, 64),
        ] {
            assert_eq!(Node::root(n).level, level, "{n}");
        }
    }

    #[test]
    fn cover_is_what_a_run_folds_to() {
        for start in 0..40 {
            for end in start + 1..60 {
                let span = Span::new(start, end);
                let folded: Vec<Node> = run_nodes(span).into_iter().map(|(n, _)| n).collect();
                assert_eq!(cover(span), folded);
            }
        }
    }

    #[test]
    fn a_view_passes_over_what_is_missing() {
        let mut set = NodeSet::new(11);
        for (node, v) in run_nodes(Span::new(0, 5))
            .into_iter()
            .chain(run_nodes(Span::new(6, 11)))
        {
            set.insert(node, v, combine);
        }
        assert_eq!(set.clone().into_root(), None);
        let right = "(((((<0><1>)(<2><3>))(<4>(<6><7>)))((<8><9>)<10>)))";
        assert_eq!(
            set.clone().into_view(combine).as_deref(),
            Some(&right[1..right.len() - 1])
        );
        set.insert(Node::leaf(5), "<5>".into(), combine);
        assert_eq!(set.clone().into_view(combine), set.into_root());
        assert_eq!(NodeSet::<String>::new(3).into_view(combine), None);
    }

    proptest! {
        /// Any cut into spans, in any order, with any of them twice or overlapping, is one tree.
        #[test]
        fn any_history_gives_the_tree(n in 1u64..200, cuts in prop::collection::vec((0u64..200, 1u64..64), 0..40)) {
            let mut set = NodeSet::new(n);
            for (start, len) in cuts {
                if start < n {
                    for (node, v) in run_nodes(Span::new(start, (start + len).min(n))) {
                        set.insert(node, v, combine);
                    }
                }
            }
            for (node, v) in run_nodes(Span::new(0, n)).into_iter().rev() {
                for g in (node.span(n).start..node.span(n).end).rev() {
                    set.insert(Node::leaf(g), format!("<{g}>"), combine);
                }
                set.insert(node, v, combine);
            }
            prop_assert!(set.is_complete());
            prop_assert_eq!(set.len(), 1);
            prop_assert_eq!(set.into_root().unwrap_or_default(), by_definition(0, n));
        }
    }
}
